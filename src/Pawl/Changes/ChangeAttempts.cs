using System.Globalization;
using Pawl.Changes.Workspaces;
using Pawl.Ledger;

namespace Pawl.Changes;

/// <summary>The attempts of a change: what the gate says of the base commit, then the lanes beside each other until one is green or none may go on.</summary>
internal sealed class ChangeAttempts(ChangeState state, ChangeRequest request, ChangeRepository repository, Gate gate, Checkouts checkouts, Confinement confinement, string folder)
{
    private Change Change => state.Current;

    /// <summary>Makes them.</summary>
    /// <returns>How the change ends where there is nothing to propose; null where a lane was chosen.</returns>
    public async Task<(ChangeStatus Status, string Why)?> MakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await TryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (GateSetupException e)
        {
            return (ChangeStatus.Rejected, e.Message);
        }
    }

    private async Task<(ChangeStatus Status, string Why)?> TryAsync(CancellationToken cancellationToken)
    {
        var onBase = await BaselineAsync(cancellationToken).ConfigureAwait(false);
        if (WhyNoAttempt(onBase) is { } ended) return ended;

        var conventions = await Conventions.FindAsync(repository, request.ConventionsPath, cancellationToken).ConfigureAwait(false);
        var setting = new ChangeSetting
        {
            Id = Change.Id,
            Repository = repository,
            Gate = gate,
            Checkouts = checkouts,
            OnBase = onBase,
            ForgivesKnown = Change.Purpose == ChangePurpose.Issue,
            Allowed = Change.Allowed,
            Attempts = Change.Attempts,
            Agent = request.Agent,
            Confinement = confinement,
            Brief = Briefs(onBase, conventions),
            Conventions = conventions?.Path,
            Folder = folder,
            Time = state.Services.Time,
            Watch = state.Watch,
        };
        var lanes = Change.Lanes.Select(lane => new LaneWork(setting, lane.Number)).ToList();
        while (!Change.Lanes.Any(lane => lane.IsGreen) && Change.Lanes.Any(lane => lane.Stopped is null))
            await Task.WhenAll(Change.Lanes.Where(lane => lane.Stopped is null).Select(lane => AttemptAsync(lanes[lane.Number - 1], lane, cancellationToken))).ConfigureAwait(false);

        if (Change.Lanes.Where(lane => lane.IsGreen).OrderBy(lane => lane.Attempts[^1].PatchBytes).ThenBy(lane => lane.Number).FirstOrDefault() is { } chosen)
        {
            await state.PutAsync(change => change with { Chosen = chosen.Number }).ConfigureAwait(false);
            return null;
        }

        return (ChangeStatus.Rejected, string.Join(' ', Change.Lanes.Select(lane => Change.Lanes.Count == 1 ? lane.Stopped : string.Create(CultureInfo.InvariantCulture, $"Agent {lane.Number}: {lane.Stopped}"))));
    }

    private async Task AttemptAsync(LaneWork work, Lane lane, CancellationToken cancellationToken)
    {
        Attempt attempt;
        IReadOnlyList<GateRunOutcome> runs;
        try
        {
            (attempt, runs) = await work.AttemptAsync(lane, cancellationToken).ConfigureAwait(false);
        }
        catch (GateSetupException e) when (Change.Lanes.Count > 1)
        {
            // What the others make counts all the same.
            await state.PutAsync(change => change with { Lanes = [.. change.Lanes.Select(other => other.Number == lane.Number ? other with { Stopped = e.Message } : other)] }).ConfigureAwait(false);
            state.Watch(new ChangeProgress(lane.Number, 0, "setup", e.Message, CheckStatus.Failed));
            return;
        }

        var stopped = AttemptCause.Stops(lane, attempt, Change.Attempts);
        var step = string.Create(CultureInfo.InvariantCulture, $"{lane.Number}.{attempt.Number}");
        List<ReceiptDraft> receipts = [state.Receipts.OfAttempt(Change, step, attempt)];
        receipts.AddRange(runs.Select(run => state.Receipts.OfGate(Change, $"{step}-{run.Step}", run.Tree, run.Result)));
        await state.PutAsync(
            change => change with { Lanes = [.. change.Lanes.Select(other => other.Number == lane.Number ? other with { Attempts = [.. other.Attempts, attempt with { Place = change.Lanes.Sum(each => each.Attempts.Count), Receipts = [.. receipts.Select(receipt => receipt.Ref)] }], Stopped = stopped } : other)] },
            [.. receipts]).ConfigureAwait(false);
        await state.RecordAsync().ConfigureAwait(false);
        var came = attempt.IsGreen ? $"green: {Words.Count(attempt.Files, "file")}, +{attempt.AddedLines} −{attempt.RemovedLines}" : attempt.Why;
        state.Watch(new ChangeProgress(lane.Number, attempt.Number, "attempt", came, attempt.IsGreen ? CheckStatus.Passed : CheckStatus.Failed, Change.Attempts));
    }

    private (ChangeStatus Status, string Why)? WhyNoAttempt(GateResult onBase)
    {
        if (Change.Purpose == ChangePurpose.Heal) return onBase.IsGreen ? (ChangeStatus.Unneeded, "The gate is green: there is nothing to heal.") : null;
        return WhyUnclear(onBase) is not { } unclear ? null : (ChangeStatus.Rejected, $"The check {unclear.Id} is red on the base commit already, in a way that no change can be told by: {unclear.Why} Mend that first; `pawl self-heal` may help.");
    }

    private static CheckResult? WhyUnclear(GateResult onBase) => onBase.Checks.FirstOrDefault(check => check is { Required: true, Status: CheckStatus.Failed, Cause: not CheckCause.Tests });

    // An issue's base is asked once for each commit and gate, but for what this machine may have been the cause of; whoever heals wants to know how it is now.
    private async Task<GateResult> BaselineAsync(CancellationToken cancellationToken)
    {
        if (state.Services.Changes.Baseline(repository.BaseCommit, gate.File.Digest) is { } kept && (Change.IsBaseJudged || (Change.Purpose == ChangePurpose.Issue && WhyUnclear(kept) is null)))
        {
            state.Watch(new ChangeProgress(0, 0, "base", $"known: {(kept.IsGreen ? "green" : "red")}", CheckStatus.Passed));
            return kept;
        }

        state.Watch(new ChangeProgress(0, 0, "base", $"the gate on the base commit {repository.BaseCommit[..12]}", null));
        var worktree = await checkouts.TakeAsync(repository.BaseTree, gate, cancellationToken).ConfigureAwait(false);
        checkouts.MakeNext();
        var result = await gate.RunAsync(worktree, repository.BaseTree, cancellationToken).ConfigureAwait(false);
        checkouts.TakeAway(worktree);
        await state.PutAsync(
            change => change with { IsBaseJudged = true },
            transaction => state.Services.Changes.Keep(transaction, repository.BaseCommit, gate.File.Digest, result, state.Services.Time.GetUtcNow()),
            state.Receipts.OfGate(Change, "base", repository.BaseTree, result)).ConfigureAwait(false);
        return result;
    }

    private Func<AttemptHistory, string> Briefs(GateResult onBase, Conventions? conventions)
    {
        var failures = onBase.Failures;
        if (Change.Issue is not { } stored) return history => Brief.ForHealing(failures, conventions, gate.File, history);
        var issue = IssueText.Stored(stored.Title, stored.Body, stored.Source, stored.TakenOut);
        return history => Brief.ForIssue(issue, conventions, gate.File, history);
    }
}
