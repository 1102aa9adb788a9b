namespace Pawl.Insights;

/// <summary>What the insights read. Before it reads, a store brings in the events that wait and marks the runs of dead processes as stuck.</summary>
public interface IInsightStore
{
    /// <summary>Runs an analysis over one consistent view of the database; the view is valid only inside it.</summary>
    Task<T> ReadAsync<T>(Func<IInsightView, T> analysis, CancellationToken cancellationToken = default);
}

/// <summary>
/// Counts over runs, made in the database. A goal of null means all goals. Where a method takes a limit, the greatest come first
/// and the rest is left out; ties are ordered by name, so that the same data gives the same answer.
/// </summary>
public interface IInsightView
{
    /// <summary>The goals that have runs, by name.</summary>
    IReadOnlyList<string> Goals(int limit);

    /// <summary>How many runs stand how.</summary>
    RunTally Runs(string? goal, RunWindow window = default);

    /// <summary>How each node's decisions came out, those with the most failures first.</summary>
    IReadOnlyList<NodeTally> Nodes(string goal, int limit);

    /// <summary>How many decisions there are of each type.</summary>
    IReadOnlyList<WordCount> DecisionTypes(string goal);

    /// <summary>How many decisions failed, and in which ways.</summary>
    FailureTally Failures(string goal, int limit);

    /// <summary>For the intents with the most decisions: what was offered, what was chosen, and how that came out.</summary>
    /// <param name="goal">The goal.</param>
    /// <param name="intent">Only this intent; null means all.</param>
    /// <param name="limit">At most so many intents.</param>
    ChoiceTally Choices(string goal, string? intent, int limit);

    /// <summary>The error of the newest decision that failed in this way, as it was recorded.</summary>
    string? Example(string goal, string fingerprint);

    /// <summary>The newest decisions that failed in this way.</summary>
    IReadOnlyList<DecisionRef> Evidence(string goal, string fingerprint, int limit);

    /// <summary>The newest failed decisions of a node.</summary>
    IReadOnlyList<DecisionRef> FailuresAt(string goal, string node, int limit);

    /// <summary>The newest failed decisions of each node, at most <see cref="InsightLimits.IdsAtOnce"/> in all.</summary>
    /// <param name="goal">The goal.</param>
    /// <param name="limit">At most so many for each node.</param>
    IReadOnlyDictionary<string, IReadOnlyList<DecisionRef>> FailuresByNode(string goal, int limit);

    /// <summary>Failed and stuck runs by the fingerprint of their first failed decision.</summary>
    IReadOnlyList<FailedRuns> FirstFailures(string? goal, int limit, int examples);

    /// <summary>Failed and stuck runs without a failed decision, by the text of their first critical problem; streamed, because the texts can be as many as the runs.</summary>
    void SilentFailures(string? goal, int examples, Action<SilentRuns> each);

    /// <summary>What runs were to do, in words: each once, in the order of the runs; nothing for those of which nobody said.</summary>
    /// <param name="runIds">The runs; at most <see cref="InsightLimits.Examples"/> are looked at.</param>
    IReadOnlyList<string> GoalDescriptions(IReadOnlyList<string> runIds);

    /// <summary>For each way of failing, in how many runs it occurred, and how many of these ended how.</summary>
    IReadOnlyList<EndedRuns> RunsByFailure(string goal, int limit);

    /// <summary>For each node, how many runs had a failed decision there, and how many of these ended how.</summary>
    IReadOnlyList<EndedRuns> RunsByFailingNode(string goal, int limit);

    /// <summary>In how many ended runs of each of two cohorts each way of failing occurred.</summary>
    IReadOnlyList<CohortCount> CohortsByFailure(string goal, RunWindow first, RunWindow second, int limit);

    /// <summary>How many ended runs of each of two cohorts had a failed decision at each node.</summary>
    IReadOnlyList<CohortCount> CohortsByFailingNode(string goal, RunWindow first, RunWindow second, int limit);

    /// <summary>For each node, how many runs came there, and how many of these ended how.</summary>
    IReadOnlyList<EndedRuns> RunsByNode(string goal, RunWindow window);

    /// <summary>How the runs with at least one failed decision ended.</summary>
    EndedRuns RunsWithFailures(string goal);

    /// <summary>How the newest ended runs ended.</summary>
    EndedRuns NewestEnded(string goal, int runs);

    /// <summary>Streams the decisions of the newest ended runs, run by run and in order.</summary>
    void Steps(string goal, int runs, Action<RunStep> each);

    /// <summary>What was chosen and with which parameters: the JSON of one decision's <c>decide</c> event.</summary>
    string? Decided(long runNumber, long n);
}

/// <summary>Runs that started within a time.</summary>
/// <param name="From">At or after this; null: from the first.</param>
/// <param name="Before">Before this; null: to the last.</param>
public readonly record struct RunWindow(DateTimeOffset? From = null, DateTimeOffset? Before = null);

/// <summary>How many runs stand how.</summary>
/// <param name="Completed">Reached their goal.</param>
/// <param name="Failed">Ended without reaching it.</param>
/// <param name="Stuck">Never said how they ended.</param>
/// <param name="Cancelled">Stopped by somebody.</param>
/// <param name="Running">Still go on.</param>
public sealed record RunTally(long Completed, long Failed, long Stuck, long Cancelled, long Running)
{
    /// <summary>All of them.</summary>
    public long Total => Completed + Failed + Stuck + Cancelled + Running;

    /// <summary>
    /// Completed over completed, failed and stuck. Runs that go on are neither, and a cancelled run says nothing about the agent:
    /// somebody stopped it.
    /// </summary>
    public Proportion Success => new(Completed, Completed + Failed + Stuck);
}

/// <summary>How a node's decisions came out.</summary>
/// <param name="Node">The node.</param>
/// <param name="Succeeded">So many succeeded.</param>
/// <param name="Failed">So many failed.</param>
/// <param name="Pending">So many have no outcome.</param>
public sealed record NodeTally(string Node, long Succeeded, long Failed, long Pending);

/// <summary>How often something occurred.</summary>
/// <param name="Word">What.</param>
/// <param name="Count">How often.</param>
public sealed record WordCount(string Word, long Count);

/// <summary>How decisions failed.</summary>
/// <param name="Decisions">How many failed.</param>
/// <param name="Kinds">In how many different ways.</param>
/// <param name="Most">The most frequent of these ways, by fingerprint.</param>
public sealed record FailureTally(long Decisions, long Kinds, IReadOnlyList<WordCount> Most);

/// <summary>What was chosen.</summary>
/// <param name="Intents">How many different intents there are.</param>
/// <param name="Most">Those with the most decisions, the most frequent first.</param>
public sealed record ChoiceTally(long Intents, IReadOnlyList<IntentTally> Most);

/// <summary>What was done about an intent.</summary>
/// <param name="Intent">The intent.</param>
/// <param name="Options">What was offered or chosen, the most chosen first.</param>
public sealed record IntentTally(string Intent, IReadOnlyList<OptionTally> Options);

/// <summary>How an option fared for one intent.</summary>
/// <param name="Option">Its id.</param>
/// <param name="Chosen">How often it was chosen; 0 where it was only offered.</param>
/// <param name="Succeeded">How often it succeeded then.</param>
/// <param name="Failed">How often it failed then; the rest is pending.</param>
public sealed record OptionTally(string Option, long Chosen, long Succeeded, long Failed)
{
    /// <summary>Succeeded over decided.</summary>
    public Proportion Success => new(Succeeded, Succeeded + Failed);
}

/// <summary>Names one decision of one run, written <c>run_id/decision_id</c>.</summary>
/// <param name="RunId">The run.</param>
/// <param name="DecisionId">The decision in it.</param>
public readonly record struct DecisionRef(string RunId, string DecisionId)
{
    /// <inheritdoc/>
    public override string ToString() => $"{RunId}/{DecisionId}";
}

/// <summary>Failed and stuck runs that began to fail in the same way.</summary>
/// <param name="Fingerprint">The fingerprint of their first failed decision.</param>
/// <param name="Runs">How many there are.</param>
/// <param name="Stuck">How many of them are stuck.</param>
/// <param name="Example">The error of the newest of them, as it was recorded.</param>
/// <param name="DecisionIds">The first failed decisions of the newest of them.</param>
public sealed record FailedRuns(string Fingerprint, long Runs, long Stuck, string Example, IReadOnlyList<DecisionRef> DecisionIds);

/// <summary>Failed and stuck runs without a failed decision and with the same first critical problem.</summary>
/// <param name="Description">The problem; null where none was reported.</param>
/// <param name="RootCause">Its cause, where one was given.</param>
/// <param name="Runs">How many there are.</param>
/// <param name="Stuck">How many of them are stuck.</param>
/// <param name="RunIds">The newest of them.</param>
public sealed record SilentRuns(string? Description, string? RootCause, long Runs, long Stuck, IReadOnlyList<string> RunIds);

/// <summary>How runs ended that have something in common.</summary>
/// <param name="Word">What they have in common.</param>
/// <param name="Completed">So many reached their goal.</param>
/// <param name="NotCompleted">So many failed or are stuck.</param>
public sealed record EndedRuns(string Word, long Completed, long NotCompleted)
{
    /// <summary>Completed over both.</summary>
    public Proportion Success => new(Completed, Completed + NotCompleted);
}

/// <summary>In how many ended runs of two cohorts something occurred.</summary>
/// <param name="Word">What.</param>
/// <param name="First">In so many of the first.</param>
/// <param name="Second">In so many of the second.</param>
public sealed record CohortCount(string Word, long First, long Second);

/// <summary>One decision as it passes by in a stream.</summary>
/// <param name="RunNumber">The run's number in the database.</param>
/// <param name="RunId">The run's id.</param>
/// <param name="Completed">Whether the run reached its goal.</param>
/// <param name="N">The decision's place in the run.</param>
/// <param name="DecisionId">The decision's id.</param>
/// <param name="Intent">What it was for, as the counts hold it.</param>
/// <param name="Chosen">The option that was chosen.</param>
/// <param name="Fingerprint">How it failed; null where it did not.</param>
public readonly record struct RunStep(long RunNumber, string RunId, bool Completed, long N, string DecisionId, string Intent, string Chosen, string? Fingerprint)
{
    /// <summary>Its name outside its run.</summary>
    public DecisionRef Id => new(RunId, DecisionId);
}
