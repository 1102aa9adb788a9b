using System.Globalization;
using Pawl.Runs;

namespace Pawl.Changes;

/// <summary>
/// A change as a run, so that insights tell which issues agents fail at, and why. Each attempt is a decision; one that came to nothing is a failed one,
/// with its cause in the first line of its error. How the change ends is the last decision, and that one fails only where nothing could be tried:
/// giving up is what failed attempts lead to, and no failure beside them.
/// </summary>
internal sealed class ChangeJournal
{
    private const int ErrorCharacters = 2000;
    private const int SummaryCharacters = 500;
    private const string TryIntent = "get the change made";
    private const string EndIntent = "decide how the change ends";

    // What ends a change is no other way to make it: insights compare options of one intent.
    private static readonly Option AttemptOption = new() { Id = "attempt", Description = "Let the agent make an attempt", ActionType = "execute" };
    private static readonly Option ProposeOption = new() { Id = "propose", Description = "Propose what there is", ActionType = Option.Ends };
    private static readonly Option GiveUpOption = new() { Id = "give_up", Description = "Stop, and leave it to a person", ActionType = Option.Ends };

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

        var begun = await recorder.StartRunAsync(change.Purpose == ChangePurpose.Issue ? "issue-to-pr" : "self-heal", Details(change, agent)).ConfigureAwait(false);
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
        if (change.Status != ChangeStatus.Unneeded && _decisions <= change.Lanes.Sum(lane => lane.Attempts.Count)) await EndedAsync(_run, change).ConfigureAwait(false);
        var status = change.Status == ChangeStatus.Rejected ? RunStatus.Failed : RunStatus.Completed;
        await _run.EndRunAsync(status, ShortText.Start(string.Create(CultureInfo.InvariantCulture, $"{change.Id}: {change.Why}"), ErrorCharacters), cancellationToken: CancellationToken.None).ConfigureAwait(false);
    }

    private static RunDetails Details(Change change, AgentSettings agent) => new()
    {
        GoalDescription = $"{change.Title} ({change.Issue?.Source ?? change.Repository})",
        Agent = new AgentIdentity(agent.Name),
        InputData = new { change = change.Id, issue = change.Issue?.Title, source = change.Issue?.Source, repository = change.Repository, @base = change.Base, agent_digest = agent.Digest },
        Refs = [new Reference("change", change.Id), .. change.Issue is { } issue ? [new Reference("issue", ShortText.Start(issue.Source, Limits.NameCharacters))] : Array.Empty<Reference>()],
    };

    private static async Task AttemptedAsync(ActiveRun run, int lane, Attempt attempt, string why)
    {
        run.SetNode("attempt");
        // With its number, so that no attempt passes for the same call as the one before: each is told what became of that.
        var made = AttemptOption with { ActionParams = Json.From(new { lane, attempt = attempt.Number }) };
        var decision = run.Decide(TryIntent, [made, ProposeOption, GiveUpOption], made.Id, why, inputContext: new { lane, attempt = attempt.Number });
        await run.RecordOutcomeAsync(decision, new Outcome
        {
            Success = attempt.IsGreen,
            Error = attempt.IsGreen ? null : ShortText.Start($"{AttemptCause.Of(attempt)}\n{AttemptCause.Details(attempt)}", ErrorCharacters),
            Summary = attempt.IsGreen ? "green in a clean checkout" : ShortText.Start(attempt.Why, SummaryCharacters),
            Result = Json.From(new { tree = attempt.Tree, receipts = attempt.Receipts }),
            TokensUsed = attempt.Agent.Tokens ?? 0,
            LatencyMs = (long)attempt.Agent.Took.TotalMilliseconds,
        }).ConfigureAwait(false);
    }

    private static async Task EndedAsync(ActiveRun run, Change change)
    {
        var proposed = change.Status == ChangeStatus.Proposed;
        var last = change.Lanes.SelectMany(lane => lane.Attempts).MaxBy(attempt => attempt.Place);
        var decision = run.Decide(EndIntent, [ProposeOption, GiveUpOption], (proposed ? ProposeOption : GiveUpOption).Id, change.Why, DecisionType.Termination);
        await run.RecordOutcomeAsync(decision, new Outcome
        {
            Success = last is not null,
            Error = last is null ? ShortText.Start(change.Why, ErrorCharacters) : null,
            Summary = ShortText.Start(proposed ? change.Why : "left to a person", SummaryCharacters),
            Result = Json.From(new { receipts = Receipts(change) }),
        }).ConfigureAwait(false);
        if (proposed) return;
        run.ReportProblem(
            Severity.Critical, $"No proposal for: {change.Title}", last is null ? change.Why : AttemptCause.Of(last), decision,
            last is null ? "Mend the base commit first" : change.Purpose == ChangePurpose.Issue ? "Say more exactly what is wanted, or split it" : "Read what the attempts were told, and mend it by hand");
    }

    private static List<string> Receipts(Change change)
    {
        if (change.Status != ChangeStatus.Proposed) return [ChangeReceipts.Ref(change, "EndChange", "")];
        List<string> receipts = [ChangeReceipts.Ref(change, "ProposeChange", "")];
        if (change.IsPushed) receipts.Add(ChangeReceipts.Ref(change, "PushBranch", ""));
        if (change.PullRequest is not null) receipts.Add(ChangeReceipts.Ref(change, "OpenPullRequest", ""));
        return receipts;
    }
}
