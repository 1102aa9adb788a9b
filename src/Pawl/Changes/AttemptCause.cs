using System.Globalization;
using Pawl.Changes.Sandboxes;

namespace Pawl.Changes;

/// <summary>
/// Why an attempt came to nothing, in words that are the same for the same cause, whatever the issue: insights count by them. What differs from one time
/// to the next, such as a test's message, is not in them.
/// </summary>
internal static class AttemptCause
{
    /// <summary>The check that findings are told under.</summary>
    public const string Findings = "findings";

    private const string Agent = "agent";

    /// <summary>What no check may be called, for causes begin with it that come from no check.</summary>
    public static readonly string[] Taken = [Findings, Agent];

    /// <summary>The cause of a red attempt: how the agent ended, what it left, or the first check, test or finding that was held against it.</summary>
    public static string Of(Attempt attempt) => attempt switch
    {
        { Failures: [var first, ..] } => Of(first, attempt.Clean is not null).TrimEnd(':', ' '),
        { Agent.Fault: not null } => $"{Agent}: {Of(attempt.Agent)}",
        _ => $"{Agent}: {WithoutDetails(attempt.Why)}",
    };

    /// <summary>All that was held against it, as it was said that time; what <see cref="Of(Attempt)"/> says of it already is left out.</summary>
    public static string Details(Attempt attempt) => attempt.Failures is [var first, ..]
        ? string.Join('\n', [first.Message, .. attempt.Failures.Skip(1).Select(failure => $"{failure.Check}: {failure.Test}: {failure.Message}")])
        : attempt.Why;

    /// <summary>Why a lane goes no further after an attempt, in a sentence that names what stood in its way; null where it may go on.</summary>
    /// <param name="lane">What was tried before.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="attemptsMax">How many a lane may make.</param>
    public static string? Stops(Lane lane, Attempt attempt, int attemptsMax)
    {
        if (attempt.IsGreen) return "It is green.";
        var why = attempt.Failures is [{ Check: not Findings }, ..] ? $"{attempt.Why.TrimEnd('.')} ({Of(attempt)})." : attempt.Why;
        if (lane.Attempts.FirstOrDefault(earlier => earlier.Fingerprint == attempt.Fingerprint) is { } same)
        {
            return attempt.Agent.Fault is null
                ? string.Create(CultureInfo.InvariantCulture, $"The agent is stuck: attempt {attempt.Number} ended with the same files and the same failures as attempt {same.Number}: {why}")
                : string.Create(CultureInfo.InvariantCulture, $"The agent is stuck: attempt {attempt.Number} failed as attempt {same.Number} did: {why}");
        }

        return attempt.Number < attemptsMax ? null : attempt.Number == 1 ? $"The attempt came to nothing: {why}" : $"{Words.Count(attempt.Number, "attempt")} came to nothing. The last one: {why}";
    }

    private static string Of(GateFailure failure, bool isFresh) => failure.Check == Findings
        ? $"{failure.Check}: {failure.Test}"
        : $"{(isFresh ? "only in a fresh checkout: " : "")}{failure.Check}: {(failure.Test == GateFailure.WholeOutput ? failure.Message.Split('\n')[0] : failure.Test)}";

    private static string Of(AgentReport agent) => agent.End switch
    {
        CommandEnd.Exited => string.Create(CultureInfo.InvariantCulture, $"exit code {agent.ExitCode}"),
        CommandEnd.TimedOut => "out of time",
        CommandEnd.OverDisk => "out of disk",
        CommandEnd.OverProcesses => "out of processes",
        CommandEnd.NotStarted => "could not be started",
        _ => "was stopped",
    };

    // "it left what no proposal may hold: a/b (a nested repository)." names the cause before the colon, and the place after it.
    private static string WithoutDetails(string why)
    {
        var words = why.Split(':')[0].TrimEnd('.');
        return words.StartsWith("it ", StringComparison.Ordinal) ? words[3..] : words;
    }
}
