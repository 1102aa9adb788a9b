namespace Pawl.Changes.Reports;

/// <summary>How a check reports what it found.</summary>
internal enum ReportFormat
{
    /// <summary>The XML of VSTest (<c>dotnet test --logger trx</c>).</summary>
    Trx,

    /// <summary>JUnit's XML, in the dialects of ant, surefire, pytest, jest, node and gotestsum.</summary>
    JUnit,

    /// <summary>Test Anything Protocol, versions 12 to 14.</summary>
    Tap,

    /// <summary>SARIF 2.1.0, what linters and analysers write.</summary>
    Sarif,

    /// <summary>Nothing but the command's output: no test ids, so no cases.</summary>
    Text,
}

/// <summary>What became of one test. Only <see cref="Failed"/> turns a check red.</summary>
public enum TestStatus
{
    /// <summary>It ran and passed.</summary>
    Passed,

    /// <summary>It ran and failed.</summary>
    Failed,

    /// <summary>It did not run.</summary>
    Skipped,
}

/// <summary>One test of a report, or one finding of a linter.</summary>
public sealed record TestCase
{
    /// <summary>
    /// The same over runs: class and name with a theory's arguments (TRX, JUnit), the path of descriptions (TAP), rule, file and fingerprint
    /// (SARIF). Where an id is met again it gets <c>#2</c>, <c>#3</c>. At most <see cref="Limits.ReportIdCharacters"/> and a digest.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>What became of it.</summary>
    public required TestStatus Status { get; init; }

    /// <summary>Why it failed or was skipped; empty where the report does not say.</summary>
    public string Message { get; init; } = "";

    /// <summary>The stack as the report has it; empty where there is none.</summary>
    public string Stack { get; init; } = "";

    /// <summary>The file the report names, as it names it.</summary>
    public string? File { get; init; }

    /// <summary>The line in <see cref="File"/>, from 1.</summary>
    public int? Line { get; init; }
}

/// <summary>What one report holds, in its order.</summary>
/// <param name="Tests">Its tests.</param>
public sealed record TestReport(IReadOnlyList<TestCase> Tests)
{
    /// <summary>How many passed.</summary>
    public int Passed => Tests.Count(test => test.Status == TestStatus.Passed);

    /// <summary>How many failed.</summary>
    public int Failed => Tests.Count(test => test.Status == TestStatus.Failed);

    /// <summary>How many did not run.</summary>
    public int Skipped => Tests.Count(test => test.Status == TestStatus.Skipped);

    /// <summary>The same report with ids and files relative to a folder, so that runs in two worktrees can be compared.</summary>
    public TestReport RelativeTo(string root)
    {
        var prefix = root.TrimEnd('/') + "/";
        return new([.. Tests.Select(test => test with { Id = Relative(test.Id, prefix), File = test.File is null ? null : Relative(test.File, prefix) })]);
    }

    private static string Relative(string text, string prefix) =>
        text.Replace("file://" + prefix, "", StringComparison.Ordinal).Replace(prefix, "", StringComparison.Ordinal);
}

/// <summary>What came of reading a report.</summary>
internal abstract record ReportOutcome
{
    private ReportOutcome()
    {
    }

    /// <summary>The report was read whole.</summary>
    internal sealed record Read(TestReport Report) : ReportOutcome;

    /// <summary>It could not be trusted: too large, cut off, malformed, in another format. Says why, and where.</summary>
    internal sealed record Unreadable(string Why) : ReportOutcome;
}
