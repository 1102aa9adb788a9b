namespace Pawl.Changes;

/// <summary>
/// The values of the environment variables that an agent was given, those of at least eight characters: shorter ones are in every other word. They stand in no record, no receipt and
/// no proposal, whoever repeats them: the agent, a check, a test's message, a file's name.
/// </summary>
/// <param name="values">The values by their variables' names.</param>
internal sealed class AgentSecrets(IReadOnlyDictionary<string, string> values)
{
    /// <summary>The least characters that a secret has.</summary>
    public const int Characters = 8;

    private const string Redacted = "[redacted]";

    /// <summary>None.</summary>
    public static AgentSecrets None { get; } = new(new Dictionary<string, string>(StringComparer.Ordinal));

    /// <summary>The variables whose values stand in a text.</summary>
    public IEnumerable<string> NamesIn(string text) => values.Where(secret => text.Contains(secret.Value, StringComparison.Ordinal)).Select(secret => secret.Key);

    /// <summary>The text without them.</summary>
    public string Without(string text)
    {
        foreach (var secret in values.Values) text = text.Replace(secret, Redacted, StringComparison.Ordinal);
        return text;
    }

    /// <summary>What an attempt came to, without them. What the agent itself printed is cleaned where it is read.</summary>
    public Attempt Without(Attempt attempt) => values.Count == 0 ? attempt : attempt with
    {
        Why = Without(attempt.Why),
        Paths = Without(attempt.Paths),
        Failures = Without(attempt.Failures),
        Findings = [.. attempt.Findings.Select(finding => finding with { Where = Without(finding.Where), What = Without(finding.What) })],
        Notes = Without(attempt.Notes),
    };

    /// <summary>What a check came to, without them.</summary>
    public CheckResult Without(CheckResult result) => values.Count == 0 ? result : result with
    {
        Why = Without(result.Why),
        Report = new([.. result.Report.Tests.Select(test => test with { Id = Without(test.Id), Message = Without(test.Message), Stack = Without(test.Stack), File = test.File is null ? null : Without(test.File) })]),
        Failures = Without(result.Failures),
        FlakyTests = Without(result.FlakyTests),
        Notes = Without(result.Notes),
    };

    private IReadOnlyList<string> Without(IReadOnlyList<string> texts) => [.. texts.Select(Without)];

    private IReadOnlyList<GateFailure> Without(IReadOnlyList<GateFailure> failures) => [.. failures.Select(failure => failure with { Test = Without(failure.Test), Message = Without(failure.Message), Frames = Without(failure.Frames) })];
}
