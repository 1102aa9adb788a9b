using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pawl.Changes.Tampering;
using Pawl.Changes.Workspaces;

namespace Pawl.Changes;

/// <summary>
/// One agent's work on a change: a checkout of its own, and an attempt in it. What the agent leaves becomes a tree; that tree is judged, never the checkout.
/// </summary>
internal sealed class LaneWork(ChangeSetting setting, int number)
{
    private readonly Gate _gate = setting.Gate.WatchedBy(progress => setting.Watch(new ChangeProgress(number, 0, progress.Check, progress.Text, progress.Status, setting.Attempts, progress.Limit)));
    private readonly string _folder = Path.Combine(setting.Folder, string.Create(CultureInfo.InvariantCulture, $"lane-{number}"));
    private Worktree? _worktree;

    /// <summary>Makes the next attempt.</summary>
    /// <param name="lane">What was tried before.</param>
    /// <param name="cancellationToken">Stops it; nothing is kept of it then.</param>
    public async Task<AttemptOutcome> AttemptAsync(Lane lane, CancellationToken cancellationToken)
    {
        var made = await MakeAsync(lane, cancellationToken).ConfigureAwait(false);
        return made with { Attempt = setting.Confinement.Secrets.Without(made.Attempt) };
    }

    private async Task<AttemptOutcome> MakeAsync(Lane lane, CancellationToken cancellationToken)
    {
        var repository = setting.Repository;
        var before = lane.Attempts.Count > 0 ? lane.Attempts[^1].Tree : repository.BaseTree;
        var attempt = lane.Attempts.Count + 1;
        _worktree ??= await setting.Checkouts.TakeAsync(before, _gate, cancellationToken).ConfigureAwait(false);
        setting.Checkouts.MakeDuringAgent(setting.Confinement.Sandbox.Rung);
        setting.Watch(new ChangeProgress(number, attempt, "agent", setting.Agent.Name, null, setting.Attempts, _gate.File.Limits.Wall));
        var report = await RunAgentAsync(lane, attempt, _worktree, cancellationToken).ConfigureAwait(false);
        setting.Watch(new ChangeProgress(number, attempt, "agent", report.Fault ?? "ended", report.Fault is null ? CheckStatus.Passed : CheckStatus.Failed, setting.Attempts));
        TreeSnapshot snapshot;
        try
        {
            snapshot = await repository.SnapshotAsync(_worktree, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (Leftovers.MayCause(e, _worktree.Folder))
        {
            return Back(new Attempt { Number = attempt, Agent = report, Tree = before }, before, $"what it left cannot be read: {Leftovers.Words(e)}");
        }

        var made = new Attempt { Number = attempt, Agent = report, Tree = snapshot.Tree };
        if (report.Fault is { } fault) return Back(made, before, fault);
        if (snapshot.Faults.Count > 0)
            return Back(made, before, $"it left what no proposal may hold: {string.Join("; ", snapshot.Faults.Select(found => $"{found.Path} ({Word(found.Kind)}: {found.Detail})"))}.");
        var diff = await repository.DiffAsync(repository.BaseTree, snapshot.Tree, cancellationToken).ConfigureAwait(false);
        made = made with { Files = diff.Files.Count, Paths = [.. diff.Files.Take(100).Select(file => file.Path)], AddedLines = diff.Files.Sum(file => file.AddedLines), RemovedLines = diff.Files.Sum(file => file.RemovedLines), PatchBytes = diff.PatchBytes };
        if (diff.Files.Count == 0) return new AttemptOutcome(Marked(made with { Why = "it changed nothing." }), []);
        var (findings, notes) = await new FileFindings(_gate.File, repository, setting.Confinement.Secrets, setting.Conventions).OfAsync(diff, made.Tree, cancellationToken).ConfigureAwait(false);
        made = made with { Findings = findings, Notes = notes };
        if (Refused(made) is { Count: > 0 } refused && refused.Exists(failure => failure.Test == FindingKind.TooLarge.Name())) return new AttemptOutcome(Red(made, refused, "it changed more than a change may."), []);
        var (judged, runs) = await JudgeAsync(made, cancellationToken).ConfigureAwait(false);
        return new AttemptOutcome(judged with { Notes = [.. notes, .. CheckNotes.Of(runs, setting.OnBase)] }, runs);
    }

    private async Task<AttemptOutcome> JudgeAsync(Attempt made, CancellationToken cancellationToken)
    {
        var inPlace = await _gate.RunAsync(_worktree!, made.Tree, cancellationToken).ConfigureAwait(false);
        if (inPlace.Checks.Any(check => check.Cause == CheckCause.Left)) GiveBack();
        List<GateRunOutcome> runs = [new("worktree", made.Tree, inPlace)];
        var comparison = GateComparison.Of(setting.OnBase, inPlace, setting.ForgivesKnown);
        if (!comparison.IsGreen) return new AttemptOutcome(Red(made, [.. comparison.New, .. Refused(made)], "the gate is red."), runs);

        var verdict = new VerdictRun(_gate, setting.Checkouts, setting.Repository, setting.OnBase, setting.ForgivesKnown, (step, text) => setting.Watch(new ChangeProgress(number, made.Number, step, text, null, setting.Attempts)));
        var (clean, findings, said) = await verdict.TakeAsync(made.Tree, made.Findings, cancellationToken).ConfigureAwait(false);
        runs.AddRange(verdict.Runs.Select(run => new GateRunOutcome(run.Step, run.Tree, run.Result)));
        made = made with { Findings = findings, Clean = said with { GateRuns = runs.Count } };
        if (!clean.IsGreen)
            return new AttemptOutcome(Red(made, clean.New, "the gate is green in its checkout, and red in a fresh one that holds only what can be committed."), runs);
        var refused = Refused(made);
        if (refused.Count > 0)
            return new AttemptOutcome(Red(made, refused, $"it did what needs a person's word: {string.Join(", ", refused.Select(failure => failure.Test).Distinct(StringComparer.Ordinal))}."), runs);
        GiveBack();
        return new AttemptOutcome(Marked(made with { IsGreen = true }), runs);
    }

    private List<GateFailure> Refused(Attempt made) => [.. made.Findings.Where(finding => !setting.Allowed.Contains(finding.Kind)).Select(finding => new GateFailure
    {
        Check = AttemptCause.Findings,
        Test = finding.Kind.Name(),
        Message = $"{finding.Where}: {finding.What}",
        Frames = [],
        Fingerprint = Fingerprint([finding.Kind.Name(), finding.Where]),
    })];

    // What a failed agent left half done is not built upon.
    private AttemptOutcome Back(Attempt made, string before, string why)
    {
        GiveBack();
        return new AttemptOutcome(Marked(made with { Tree = before, Why = why }), []);
    }

    private void GiveBack()
    {
        if (_worktree is null) return;
        setting.Checkouts.TakeAway(_worktree);
        _worktree = null;
    }

    private async Task<AgentReport> RunAgentAsync(Lane lane, int attempt, Worktree worktree, CancellationToken cancellationToken)
    {
        var last = lane.Attempts.Count > 0 ? lane.Attempts[^1] : null;
        var history = new AttemptHistory(attempt, setting.Attempts, last is null ? "" : $"The attempt before was refused: {last.Why} {(last.Agent.Fault is null ? "Go on from what stands in the folder." : "The folder is again as it was before it.")}", last?.Failures ?? []);
        var brief = Path.Combine(Directory.CreateDirectory(_folder).FullName, "brief.md");
        await File.WriteAllTextAsync(brief, setting.Brief(history), cancellationToken).ConfigureAwait(false);
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PAWL_CHANGE"] = setting.Id,
            ["PAWL_ATTEMPT"] = attempt.ToString(CultureInfo.InvariantCulture),
            ["PAWL_LANE"] = number.ToString(CultureInfo.InvariantCulture),
        };
        return await new AgentRun(setting.Agent, _gate.File.Limits, setting.Confinement, setting.Time).RunAsync(worktree, brief, variables, cancellationToken).ConfigureAwait(false);
    }

    private static string Word(FaultKind kind) => kind switch
    {
        FaultKind.NestedRepository => "a nested repository",
        FaultKind.LeavingSymlink => "a symlink that leaves the tree",
        FaultKind.RefusedName => "a name that git refuses",
        FaultKind.SpecialFile => "a special file",
        FaultKind.Unreadable => "unreadable",
        _ => "the checkout was replaced",
    };

    private static Attempt Red(Attempt made, IReadOnlyList<GateFailure> failures, string why) => Marked(made with { Failures = failures, Why = why });

    private static Attempt Marked(Attempt made) => made with { Fingerprint = Fingerprint([made.Tree, made.Why, .. made.Failures.Select(failure => failure.Fingerprint).Order(StringComparer.Ordinal)]) };

    private static string Fingerprint(IEnumerable<string> parts) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))))[..16];
}

/// <summary>What an attempt came to, and the runs of the gate that it took.</summary>
internal sealed record AttemptOutcome(Attempt Attempt, IReadOnlyList<GateRunOutcome> Runs);

/// <summary>One run of the gate.</summary>
/// <param name="Step">Where: <c>worktree</c>, <c>base-tests</c>, <c>clean</c>, <c>new-tests</c>.</param>
/// <param name="Tree">On which tree.</param>
/// <param name="Result">What it came to.</param>
internal sealed record GateRunOutcome(string Step, string Tree, GateResult Result);

/// <summary>What all lanes of a change share.</summary>
internal sealed record ChangeSetting
{
    /// <summary>The change's id.</summary>
    public required string Id { get; init; }

    /// <summary>Pawl's own repository of the change.</summary>
    public required ChangeRepository Repository { get; init; }

    /// <summary>The gate.</summary>
    public required Gate Gate { get; init; }

    /// <summary>Where checkouts come from.</summary>
    public required Checkouts Checkouts { get; init; }

    /// <summary>What the gate said of the base commit.</summary>
    public required GateResult OnBase { get; init; }

    /// <summary>Whether tests that failed before may go on failing.</summary>
    public required bool ForgivesKnown { get; init; }

    /// <summary>Findings that are let through.</summary>
    public required IReadOnlyList<FindingKind> Allowed { get; init; }

    /// <summary>How many attempts a lane may make.</summary>
    public required int Attempts { get; init; }

    /// <summary>The agent.</summary>
    public required AgentSettings Agent { get; init; }

    /// <summary>Where commands run.</summary>
    public required Confinement Confinement { get; init; }

    /// <summary>The file of standing conventions in the repository; null: there is none.</summary>
    public required string? Conventions { get; init; }

    /// <summary>The brief of an attempt.</summary>
    public required Func<AttemptHistory, string> Brief { get; init; }

    /// <summary>The change's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Is told what happens.</summary>
    public required Action<ChangeProgress> Watch { get; init; }
}
