using System.Globalization;
using Pawl.Runs;

namespace Pawl.Changes;

/// <summary>A change as a run: each attempt is a decision, so that insights tell which issues agents fail at, and why.</summary>
internal sealed class ChangeJournal
{
    private static readonly Option[] Options =
    [
        new() { Id = "attempt", Description = "Let the agent make an attempt", ActionType = "execute" },
        new() { Id = "propose", Description = "Propose what there is", ActionType = "execute" },
        new() { Id = "give_up", Description = "Stop, and leave it to a person", ActionType = "execute" },
    ];

    private readonly ActiveRun? _run;
    private long _decisions;

    private ChangeJournal(RunId id, ActiveRun? run, long decisions) => (Id, _run, _decisions) = (id, run, decisions);

    /// <summary>The run.</summary>
    public RunId Id { get; }

    /// <summary>Begins the run of a change, or goes on with it: a new one where its owner is still thought to live, and nothing where it has ended.</summary>
    public static async Task<ChangeJournal> OpenAsync(RunRecorder recorder, Change change, AgentSettings agent)
    {
        if (change.Run is { } text)
        {
            var id = RunId.Parse(text);
            var (run, outcome) = await recorder.ResumeRunAsync(id).ConfigureAwait(false);
            if (outcome is ResumeOutcome.Resumed resumed) return new ChangeJournal(id, run, resumed.NextDecision);
            if (outcome is ResumeOutcome.Ended) return new ChangeJournal(id, null, 0);
        }

        var begun = await recorder.StartRunAsync(
            change.Purpose == ChangePurpose.Issue ? "issue-to-pr" : "self-heal",
            new RunDetails { GoalDescription = change.Title, Agent = new AgentIdentity(agent.Name), InputData = new { change = change.Id, agent_digest = agent.Digest } }).ConfigureAwait(false);
        return new ChangeJournal(begun.Id, begun, 0);
    }

    /// <summary>Records the attempts that are not in it yet, and what came of them.</summary>
    public async Task RecordAsync(Change change)
    {
        if (_run is null) return;
        var all = change.Lanes.SelectMany(lane => lane.Attempts.Select((attempt, index) => (lane.Number, Attempt: attempt, Why: index == 0 ? "nothing was tried yet" : lane.Attempts[index - 1].Why)));
        foreach (var (lane, attempt, why) in all.OrderBy(each => each.Attempt.Place).Skip((int)_decisions).ToList())
        {
            await AttemptedAsync(_run, lane, attempt, why).ConfigureAwait(false);
            _decisions++;
        }
    }

    /// <summary>Records how the change ended, and ends the run.</summary>
    public async Task EndAsync(Change change)
    {
        if (_run is null) return;
        _run.SetNode("end");
        var proposed = change.Status == ChangeStatus.Proposed;
        if (change.Status != ChangeStatus.Unneeded && _decisions <= change.Lanes.Sum(lane => lane.Attempts.Count))
        {
            var decision = _run.Decide("decide what comes next", Options, proposed ? "propose" : "give_up", change.Why);
            await _run.RecordOutcomeAsync(decision, new Outcome { Success = proposed, Error = proposed ? null : ShortText.Start(change.Why, 2000), Summary = ShortText.Start(change.Commit ?? change.Why, 500) }).ConfigureAwait(false);
            if (!proposed)
            {
                var last = change.Lanes.SelectMany(lane => lane.Attempts).LastOrDefault();
                _run.ReportProblem(Severity.Critical, $"No proposal for: {change.Title}", last is null ? change.Why : last.Why, decision, "Say more exactly what is wanted, or split it");
            }
        }

        var succeeded = proposed || change.Status == ChangeStatus.Unneeded;
        await _run.EndRunAsync(succeeded ? RunStatus.Completed : RunStatus.Failed, ShortText.Start(string.Create(CultureInfo.InvariantCulture, $"{change.Id}: {change.Why}"), 2000), cancellationToken: CancellationToken.None).ConfigureAwait(false);
    }

    private static async Task AttemptedAsync(ActiveRun run, int lane, Attempt attempt, string why)
    {
        run.SetNode("attempt");
        var decision = run.Decide("decide what comes next", Options, "attempt", why, inputContext: new { lane, attempt = attempt.Number });
        await run.RecordOutcomeAsync(decision, new Outcome
        {
            Success = attempt.IsGreen,
            Error = attempt.IsGreen ? null : ShortText.Start(attempt.Failures.Count > 0 ? $"{attempt.Failures[0].Check}: {attempt.Failures[0].Test}: {attempt.Failures[0].Message}" : attempt.Why, 2000),
            Summary = attempt.IsGreen ? "green in a clean checkout" : ShortText.Start(attempt.Why, 500),
            TokensUsed = attempt.Agent.Tokens ?? 0,
            LatencyMs = (long)attempt.Agent.Took.TotalMilliseconds,
        }).ConfigureAwait(false);
    }
}
