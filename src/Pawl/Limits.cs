namespace Pawl;

/// <summary>The limits that hold everywhere, with their defaults. <c>docs/limits.md</c> lists them for people.</summary>
public static class Limits
{
    /// <summary>Bytes of one event's JSON, at most 1 MiB.</summary>
    public const int EventBytes = 1024 * 1024;

    /// <summary>Options that one decision may weigh.</summary>
    public const int OptionsPerDecision = 256;

    /// <summary>Bytes of one member (or one array element) of an imported file, at most 16 MiB.</summary>
    public const int ImportedMemberBytes = 16 * 1024 * 1024;

    /// <summary>Bytes of one run in an imported file, at most 64 MiB.</summary>
    public const int ImportedRunBytes = 64 * 1024 * 1024;

    /// <summary>Depth of nesting in any JSON that Pawl reads.</summary>
    public const int JsonDepth = 64;

    /// <summary>Events that may wait for the store before recording blocks its caller.</summary>
    public const int QueuedEvents = 8192;

    /// <summary>Characters of a goal, node, option, edge or decision id.</summary>
    public const int NameCharacters = 256;

    /// <summary>Decision ids listed as evidence beside one statement; its count stays exact beyond that.</summary>
    public const int EvidenceIds = 1000;

    /// <summary>Characters of a receipt's message: 4,096.</summary>
    public const int ReceiptMessageCharacters = 4096;

    /// <summary>Bytes of a receipt's data, as canonical JSON, that stand in its entry; what is larger stands aside, by digest.</summary>
    public const int ReceiptDataBytes = 16 * 1024;

    /// <summary>Bytes of one flag payload, at most 32 MiB.</summary>
    public const int FlagPayloadBytes = 32 * 1024 * 1024;

    /// <summary>Terms of one condition: paths, operators and their lists; the values in a list do not count.</summary>
    public const int ConditionTerms = 10_000;

    /// <summary>Characters of a regular expression in a condition.</summary>
    public const int PatternCharacters = 1000;

    /// <summary>Regular expressions in the conditions of one flag.</summary>
    public const int FlagPatterns = 100;

    /// <summary>Milliseconds after which matching one regular expression is cut off.</summary>
    public const int PatternMilliseconds = 50;

    /// <summary>Saved groups whose conditions refer to one another, one within the other.</summary>
    public const int SavedGroupDepth = 16;

    /// <summary>Flags between a flag and the farthest prerequisite it waits for.</summary>
    public const int PrerequisiteDepth = 32;

    /// <summary>Prerequisites looked at while one flag is evaluated, however they are tied together.</summary>
    public const int PrerequisiteEvaluations = 1000;

    /// <summary>Exposures remembered so that none is reported twice; after that the oldest half is forgotten.</summary>
    public const int RememberedExposures = 100_000;

    /// <summary>Characters of one exposure rule.</summary>
    public const int ExposureRuleCharacters = 4096;

    /// <summary>Parentheses and <c>!</c> within each other in one exposure rule.</summary>
    public const int ExposureRuleNesting = 32;

    /// <summary>Exposure rules of one experiment.</summary>
    public const int ExposureRules = 64;

    /// <summary>Levels of JSON in the condition of one exposure rule: what <see cref="JsonDepth"/> leaves when a payload stands around it.</summary>
    public const int ConditionDepth = 48;

    /// <summary>Characters of one encrypted member of a flag payload, enough for about 12 MiB of JSON.</summary>
    public const int EncryptedCharacters = 16 * 1024 * 1024;

    /// <summary>Bytes of a receipt's data that stands aside, at most 16 MiB.</summary>
    public const int ReceiptBodyBytes = 16 * 1024 * 1024;

    /// <summary>Bytes of one signed note, at most 16 KiB.</summary>
    public const int CheckpointBytes = 16 * 1024;

    /// <summary>Bytes of a file of checkpoints, at most 64 MiB.</summary>
    public const int CheckpointFileBytes = 64 * 1024 * 1024;

    /// <summary>Bytes of a proof's file, at most 1 MiB.</summary>
    public const int ProofFileBytes = 1024 * 1024;

    /// <summary>Bytes of one flag's document, at most 1 MiB.</summary>
    public const int FlagDocumentBytes = 1024 * 1024;

    /// <summary>Variants of one flag.</summary>
    public const int FlagVariants = 64;

    /// <summary>Rules of one flag.</summary>
    public const int FlagRules = 256;

    /// <summary>Characters of a flag's key and of a variant's name: with both, receipts' names stay within theirs.</summary>
    public const int FlagKeyCharacters = 200;

    /// <summary>Characters of the reason given for a change of a flag.</summary>
    public const int FlagReasonCharacters = 2000;

    /// <summary>Characters of one field of a CSV file.</summary>
    public const int CsvFieldCharacters = 64 * 1024;

    /// <summary>Columns of a CSV file.</summary>
    public const int CsvColumns = 4096;

    /// <summary>Units of one analysed file.</summary>
    public const int AnalysisUnits = 20_000_000;

    /// <summary>Arms of one analysed file.</summary>
    public const int AnalysisArms = 64;

    /// <summary>Metrics of one analysis.</summary>
    public const int AnalysisMetrics = 64;

    /// <summary>Series of one replayed file.</summary>
    public const int ReplaySeries = 100_000;

    /// <summary>Usable rows of one replayed file.</summary>
    public const int ReplayRows = 10_000_000;

    /// <summary>Bytes of one experiment request, at most 1 MiB.</summary>
    public const int ExperimentRequestBytes = 1024 * 1024;

    /// <summary>Arms of one experiment, the control included.</summary>
    public const int ExperimentArms = 16;

    /// <summary>Metrics of one experiment, and likewise its guardrails.</summary>
    public const int ExperimentMetrics = 100;

    /// <summary>Steps of an experiment's ramp.</summary>
    public const int RampSteps = 20;

    /// <summary>Days of an experiment, and of anything in it that is counted in days.</summary>
    public const int ExperimentDays = 366;

    /// <summary>Bytes of one answer of ClickHouse, at most 1 MiB.</summary>
    public const int ClickHouseAnswerBytes = 1024 * 1024;

    /// <summary>Characters of a statement to ClickHouse as a URL, at most 15,800: 18.16 reads no request line above 16 KiB.</summary>
    public const int ClickHouseUrlCharacters = 15_800;

    /// <summary>Bytes of pawl.yaml, at most 1 MiB.</summary>
    public const int ConfigurationBytes = 1024 * 1024;

    /// <summary>Bytes of one answer of Prometheus, at most 4 MiB.</summary>
    public const int PrometheusAnswerBytes = 4 * 1024 * 1024;

    /// <summary>Characters of an experiment's hypothesis.</summary>
    public const int HypothesisCharacters = 2000;

    /// <summary>Hours between two looks at least: 0.0001, which is 0.36 seconds.</summary>
    public const double ExperimentHoursMin = 0.0001;

    /// <summary>Receipts of an experiment that a planner is told of, the newest: 200.</summary>
    public const int ExperimentPlanReceipts = 200;

    /// <summary>Receipts of an experiment that its page shows, the newest: 2,000.</summary>
    public const int ExperimentPageReceipts = 2000;

    /// <summary>Bytes of what a model that plans is told, and likewise of its answer.</summary>
    public const int PlannerBytes = 256 * 1024;

    /// <summary>Bytes of one HTTP response of a service of models, unpacked, at most 4 MiB.</summary>
    public const int ModelResponseBytes = 4 * 1024 * 1024;

    /// <summary>Characters of one note about a model's answer.</summary>
    public const int PlannerNoteCharacters = 1000;

    /// <summary>Bytes of one report of a check, at most 64 MiB.</summary>
    public const int ReportBytes = 64 * 1024 * 1024;

    /// <summary>Tests, or findings of a linter, in one report: 200,000.</summary>
    public const int ReportCases = 200_000;

    /// <summary>Elements of an XML report, or subtests of TAP, one within the other.</summary>
    public const int ReportDepth = 64;

    /// <summary>Bytes of one result in a SARIF report, and of the description of its tool, at most 16 MiB.</summary>
    public const int ReportMemberBytes = 16 * 1024 * 1024;

    /// <summary>Characters kept of a test's id; a longer one gets a digest of all of it.</summary>
    public const int ReportIdCharacters = 512;

    /// <summary>Characters kept of a test's message: 4,096.</summary>
    public const int ReportMessageCharacters = 4096;

    /// <summary>Characters kept of a test's stack: 8,192.</summary>
    public const int ReportStackCharacters = 8192;

    /// <summary>Characters of one pattern for paths.</summary>
    public const int GlobCharacters = 1024;

    /// <summary>Patterns for paths in one list.</summary>
    public const int Globs = 1000;

    /// <summary>Bytes of one issue, at most 256 KiB.</summary>
    public const int IssueBytes = 256 * 1024;
}
