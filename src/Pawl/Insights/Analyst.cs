using Pawl.Runs;

namespace Pawl.Insights;

/// <summary>
/// What the recorded runs teach: the operations behind <c>pawl insights</c>. Every answer comes from one consistent view of the
/// database, is computed in the database or in one streaming pass, and carries the ids it rests on.
/// </summary>
public sealed class Analyst(IInsightStore insights, IRunStore runs)
{
    private const int NamedGoals = 20;

    /// <summary>Why one run failed.</summary>
    /// <exception cref="BadInputException">There is no such run.</exception>
    public async Task<RunFailure> FailureAsync(RunId id, CancellationToken cancellationToken = default)
    {
        var run = await FindAsync(id, cancellationToken).ConfigureAwait(false);
        return await insights.ReadAsync(
            view => RunFailure.Of(run, intent => view.Choices(run.GoalId, intent, 1).Most.FirstOrDefault()), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Why runs failed: those of a goal, or all.</summary>
    /// <exception cref="BadInputException">There is no run of that goal.</exception>
    public Task<FailureOverview> FailuresAsync(string? goal = null, CancellationToken cancellationToken = default) =>
        ReadAsync(goal, view => FailureOverview.Of(view, goal), cancellationToken);

    /// <summary>What the runs of a goal have in common.</summary>
    /// <exception cref="BadInputException">There is no run of that goal.</exception>
    public Task<GoalPatterns> PatternsAsync(string goal, CancellationToken cancellationToken = default) =>
        ReadAsync(goal, view => GoalPatterns.Of(view, goal), cancellationToken);

    /// <summary>How the nodes of a goal's runs do, those with the most failures first.</summary>
    /// <exception cref="BadInputException">There is no run of that goal.</exception>
    public Task<IReadOnlyList<NodeInsight>> NodesAsync(string goal, CancellationToken cancellationToken = default) =>
        ReadAsync(goal, view => NodeInsight.Of(view, goal), cancellationToken);

    /// <summary>Two runs side by side.</summary>
    /// <exception cref="BadInputException">There is no such run.</exception>
    public async Task<RunComparison> CompareAsync(RunId a, RunId b, CancellationToken cancellationToken = default) =>
        RunComparison.Of(await FindAsync(a, cancellationToken).ConfigureAwait(false), await FindAsync(b, cancellationToken).ConfigureAwait(false));

    /// <summary>The runs that started before one time against those that started at or after another.</summary>
    /// <exception cref="BadInputException">There is no run of that goal, or the times overlap.</exception>
    public Task<CohortComparison> CompareAsync(string goal, DateTimeOffset before, DateTimeOffset after, CancellationToken cancellationToken = default) =>
        ReadAsync(goal, view => CohortComparison.Of(view, goal, before, after), cancellationToken);

    /// <summary>What would improve the agent.</summary>
    /// <exception cref="BadInputException">There is no run of that goal.</exception>
    public Task<Suggestions> SuggestAsync(string goal, CancellationToken cancellationToken = default) =>
        ReadAsync(goal, view => Suggestions.Of(view, goal), cancellationToken);

    private Task<T> ReadAsync<T>(string? goal, Func<IInsightView, T> analysis, CancellationToken cancellationToken) => insights.ReadAsync(
        view => goal is null || view.Runs(goal).Total > 0 ? analysis(view) : throw Unknown(goal, view.Goals(NamedGoals + 1)), cancellationToken);

    private async Task<Run> FindAsync(RunId id, CancellationToken cancellationToken) =>
        await runs.FindAsync(id, cancellationToken).ConfigureAwait(false)
        ?? throw new BadInputException($"There is no run {id}. `pawl run list` shows those there are.");

    private static BadInputException Unknown(string goal, IReadOnlyList<string> goals) => new(
        $"There is no run of the goal \"{InsightText.Cut(goal)}\". " + (goals.Count == 0
            ? "No run is recorded yet; `pawl run import` brings some in."
            : $"The goals are: {string.Join(", ", goals.Take(NamedGoals))}{(goals.Count > NamedGoals ? ", …" : "")}."));
}
