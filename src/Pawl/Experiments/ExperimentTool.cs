using System.Text.Json;
using Pawl.Ledger;

namespace Pawl.Experiments;

/// <summary>
/// The ten tools by which an experiment changes anything: name, typed arguments, what has to be so before, and the key under which it is done at most once.
/// There are no others.
/// </summary>
public sealed class ExperimentTool
{
    private readonly string _subject;
    private readonly string _target;

    private ExperimentTool(string name, string subject, string target, IReadOnlyList<string> preconditions, params (string Name, ArgumentKind Kind)[] arguments) =>
        (Name, _subject, _target, Preconditions, Arguments) = (name, subject, target, preconditions, arguments);

    internal enum ArgumentKind
    {
        Text,
        Number,
        Texts,
        Object,
        Numbers,
        List,
    }

    /// <summary>All tools.</summary>
    public static IReadOnlyList<ExperimentTool> All { get; } =
    [
        new("RegisterExperiment", "", "", ["contract_valid", "policy_allows", "below_max_concurrent"], ("domain", ArgumentKind.Text), ("primary_metric", ArgumentKind.Text), ("metrics", ArgumentKind.Texts),
            ("hypothesis", ArgumentKind.Text), ("mde", ArgumentKind.Number), ("max_duration_days", ArgumentKind.Number)),
        new("CreateFlag", "key", "variants", ["registered", "key_free_or_same"], ("key", ArgumentKind.Text), ("variants", ArgumentKind.Object)),
        new("StartRun", "exp_id", "run_name", ["registered", "flag_exists"], ("exp_id", ArgumentKind.Text), ("population", ArgumentKind.Text), ("run_name", ArgumentKind.Text)),
        new("AllocateTraffic", "flag_key", "split", ["run_started", "split_equals_contract"], ("flag_key", ArgumentKind.Text), ("split", ArgumentKind.Numbers), ("coverage", ArgumentKind.Number), ("exposure_rules", ArgumentKind.Texts)),
        new("CheckMetrics", "run_id", "", ["running", "window_closed", "look_due"], ("run_id", ArgumentKind.Text), ("primary_metric", ArgumentKind.Text), ("guardrails", ArgumentKind.List), ("lookback_hours", ArgumentKind.Number)),
        new("StopRun", "run_id", "", ["running"], ("run_id", ArgumentKind.Text), ("reason", ArgumentKind.Text)),
        new("PromoteVariant", "flag_key", "variant", ["promote_recorded", "approved_if_demanded"], ("flag_key", ArgumentKind.Text), ("variant", ArgumentKind.Text)),
        new("RollbackVariant", "flag_key", "to_variant", [], ("flag_key", ArgumentKind.Text), ("to_variant", ArgumentKind.Text)),
        new("SnapshotDashboard", "run_id", "", [], ("run_id", ArgumentKind.Text)),
        new("OpenTicket", "title", "description", [], ("title", ArgumentKind.Text), ("description", ArgumentKind.Text), ("severity", ArgumentKind.Text), ("owners", ArgumentKind.Texts)),
    ];

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What a machine checks before it is used.</summary>
    public IReadOnlyList<string> Preconditions { get; }

    /// <summary>Its arguments, all of them demanded.</summary>
    internal IReadOnlyList<(string Name, ArgumentKind Kind)> Arguments { get; }

    /// <summary>The tool of that name; null: it is not allowed.</summary>
    public static ExperimentTool? Find(string name) => All.FirstOrDefault(tool => tool.Name == name);

    /// <summary>What is wrong with the arguments; empty: nothing.</summary>
    public IReadOnlyList<string> Faults(JsonElement args)
    {
        if (args.ValueKind != JsonValueKind.Object) return [$"{Name}: the arguments are no object"];
        List<string> faults = [.. Arguments.Where(argument => !args.TryGetProperty(argument.Name, out var value) || !Fits(value, argument.Kind)).Select(argument => $"{Name}.{argument.Name}: expected {Expected(argument.Kind)}")];
        faults.AddRange(args.EnumerateObject().Where(member => Arguments.All(argument => argument.Name != member.Name))
            .Select(member => $"{Name}.{ShortText.Start(member.Name, 60)}: no argument of this tool; it has {string.Join(", ", Arguments.Select(argument => argument.Name))}"));
        return faults;
    }

    /// <summary>The key of a use of this tool.</summary>
    /// <param name="contract">The experiment.</param>
    /// <param name="step">The flag's version before, or the number of the look: what makes the same arguments a different act.</param>
    /// <param name="args">The arguments.</param>
    public string Key(Contract contract, long step, JsonElement args)
    {
        ArgumentNullException.ThrowIfNull(contract);
        return IdempotencyKey.Derive(Name, _subject.Length == 0 ? contract.Hash : $"{contract.Hash}/{Spelled(args, _subject)}", step.ToString(System.Globalization.CultureInfo.InvariantCulture), _target.Length == 0 ? "" : Spelled(args, _target));
    }

    private static string Spelled(JsonElement args, string name) =>
        args.ValueKind != JsonValueKind.Object || !args.TryGetProperty(name, out var value) ? "" : CanonicalJson.Digest(value);

    private static bool Fits(JsonElement value, ArgumentKind kind) => kind switch
    {
        ArgumentKind.Text => value.ValueKind == JsonValueKind.String,
        ArgumentKind.Number => IsFinite(value),
        ArgumentKind.Texts => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String),
        ArgumentKind.Numbers => value.ValueKind == JsonValueKind.Object && value.EnumerateObject().All(member => IsFinite(member.Value)),
        ArgumentKind.List => value.ValueKind == JsonValueKind.Array,
        _ => value.ValueKind == JsonValueKind.Object,
    };

    private static bool IsFinite(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number);

    private static string Expected(ArgumentKind kind) => kind switch
    {
        ArgumentKind.Text => "a text",
        ArgumentKind.Number => "a finite number",
        ArgumentKind.Texts => "a list of texts",
        ArgumentKind.Numbers => "an object of numbers",
        ArgumentKind.List => "a list",
        _ => "an object",
    };
}
