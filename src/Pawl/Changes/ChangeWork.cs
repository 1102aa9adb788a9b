using System.Globalization;
using System.Text;
using System.Text.Json;
using Pawl.Changes.Sandboxes;
using Pawl.Changes.Workspaces;
using Pawl.Ledger;

namespace Pawl.Changes;

/// <summary>
/// Makes a change under supervision, from an issue or a red gate to a proposal: the agent edits, the gate judges, a person merges. There is no merge
/// in it. Each step is stored with its receipt before the next one begins.
/// </summary>
public sealed class ChangeWork
{
    private const int HealingAttempts = 3;
    private const int GateFileBytes = 256 * 1024;
    private const int ConventionBytes = 256 * 1024;

    private readonly ChangeServices _services;
    private readonly ChangeRequest _request;
    private readonly SourceRepository _source;
    private readonly ChangeReceipts _receipts;
    private readonly Lock _watching = new();
    private readonly SemaphoreSlim _storing = new(1, 1);
    private Change _change = null!;

    private ChangeWork(ChangeServices services, ChangeRequest request, SourceRepository source) =>
        (_services, _request, _source, _receipts) = (services, request, source, new ChangeReceipts(services));

    /// <summary>Makes a new change.</summary>
    /// <exception cref="BadInputException">There is no gate file in the base commit, or what was asked cannot be.</exception>
    /// <exception cref="UnavailableException">The database, git or the sandbox that is required is not there.</exception>
    public static async Task<Change> RunAsync(ChangeServices services, ChangeRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(request);
        var source = await SourceRepository.OpenAsync(request.Folder, cancellationToken).ConfigureAwait(false);
        var work = new ChangeWork(services, request, source);
        if (!source.IsGit && request.Base != "HEAD") throw new BadInputException($"{source.Root} is no git repository: there is no commit {request.Base} in it.");
        var at = services.Time.GetUtcNow();
        var commit = source.IsGit ? await source.ResolveAsync(request.Base, cancellationToken).ConfigureAwait(false) : null;
        var id = "CHG-" + CanonicalJson.Digest(JsonSerializer.SerializeToElement(new[]
        {
            request.Purpose.ToString(), commit, request.Issue?.Title, request.Issue?.Body, at.UtcTicks.ToString(CultureInfo.InvariantCulture), services.Actor,
        }))[..8];
        ChangeFolder.Sweep(services);
        using var owned = ChangeFolder.Own(services, id);
        var folder = owned.Path;
        try
        {
            var sandbox = await services.ChooseSandboxAsync(request.Agent.Sandbox, cancellationToken).ConfigureAwait(false);
            var repository = await ChangeRepository.CreateAsync(Path.Combine(folder, "repository"), source, commit, at, cancellationToken).ConfigureAwait(false);
            var gate = await work.GateAsync(repository, cancellationToken).ConfigureAwait(false);
            await work.StartAsync(id, at, repository, gate, sandbox, cancellationToken).ConfigureAwait(false);
            return await work.GoOnAsync(folder, repository, gate, sandbox, cancellationToken).ConfigureAwait(false);
        }
        catch when (work._change is not { Version: > 0 })
        {
            WorkFolder.Delete(folder); // nothing was begun
            throw;
        }
        catch (OperationCanceledException e)
        {
            throw new ChangeInterruptedException(id, e);
        }
    }

    /// <summary>Goes on with a change whose process ended before it was done.</summary>
    /// <exception cref="BadInputException">There is no such change, it has ended, or another agent is configured now.</exception>
    public static async Task<Change> ResumeAsync(ChangeServices services, ChangeRequest request, Change change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(change);
        NotEnded(change);
        if (change.AgentDigest != request.Agent.Digest) throw new BadInputException($"{change.Id} was begun with another command of the agent {change.Agent}. Configure that one again, or begin anew.");
        ChangeFolder.Sweep(services);
        using var owned = ChangeFolder.Own(services, change.Id);
        try
        {
            return await ResumeAsync(services, request, change.Id, owned.Path, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            throw new ChangeInterruptedException(change.Id, e);
        }
    }

    // Only now is it sure that nobody else works on it.
    private static async Task<Change> ResumeAsync(ChangeServices services, ChangeRequest request, string id, string folder, CancellationToken cancellationToken)
    {
        Sandbox.EndLeftovers(folder);
        var change = services.Changes.Find(id) ?? throw new BadInputException($"There is no change {id} any more.");
        NotEnded(change);
        var source = await SourceRepository.OpenAsync(change.Repository, cancellationToken).ConfigureAwait(false);
        var work = new ChangeWork(services, request, source) { _change = change };
        if (change.Status != ChangeStatus.Working) return await work.EndAsync(folder, await work.JournalAsync().ConfigureAwait(false)).ConfigureAwait(false);
        var sandbox = await services.ChooseSandboxAsync(request.Agent.Sandbox, cancellationToken).ConfigureAwait(false);
        if (sandbox.Rung > change.Sandbox)
            throw new UnavailableException($"{change.Id} was begun in the sandbox {change.Sandbox}; this machine has only {sandbox.Rung} now: {SandboxLadder.Failure(await SandboxLadder.ProbeAsync(change.Sandbox, cancellationToken).ConfigureAwait(false))}.");
        var own = Path.Combine(folder, "repository");
        var repository = Directory.Exists(own)
            ? await ChangeRepository.OpenAsync(own, source, cancellationToken).ConfigureAwait(false)
            : throw new BadInputException($"The folder {folder} is gone, and with it what the agent had done. Begin anew.");
        var gate = await work.GateAsync(repository, cancellationToken).ConfigureAwait(false);
        return await work.GoOnAsync(folder, repository, gate, sandbox, cancellationToken).ConfigureAwait(false);
    }

    private static void NotEnded(Change change)
    {
        if (change.EndedAt is not null) throw new BadInputException($"{change.Id} has ended: {change.Why} There is nothing to resume.");
    }

    private async Task StartAsync(string id, DateTimeOffset at, ChangeRepository repository, GateFile gate, Sandbox sandbox, CancellationToken cancellationToken)
    {
        var pushes = _request.Push || _request.OpenPullRequest;
        var url = _source.IsGit ? await _source.RemoteUrlAsync(_request.Remote, cancellationToken).ConfigureAwait(false) : null;
        if (pushes && url is null) throw new BadInputException($"There is no remote \"{_request.Remote}\" to push to. Add one, or name it with --remote.");
        var change = new Change
        {
            Id = id,
            Purpose = _request.Purpose,
            Repository = _source.Root,
            IsGit = _source.IsGit,
            Base = repository.BaseCommit,
            Branch = await FreeBranchAsync(_request.Purpose == ChangePurpose.Heal ? "self-heal" : IssueSlug(), cancellationToken).ConfigureAwait(false),
            Issue = _request.Issue,
            Gate = gate.Digest,
            Agent = _request.Agent.Name,
            AgentDigest = _request.Agent.Digest,
            Actor = _services.Actor,
            StartedAt = at,
            Sandbox = sandbox.Rung,
            SandboxHolds = SandboxFinding.Say(sandbox.Rung, sandbox.Probes),
            Attempts = _request.Purpose == ChangePurpose.Heal ? Math.Min(_request.Attempts ?? gate.Limits.Attempts, HealingAttempts) : _request.Attempts ?? gate.Limits.Attempts,
            Allowed = _request.Allowed,
            Remote = pushes ? _request.Remote : null,
            RemoteUrl = pushes || url is null ? url : PushTarget.Shown(url),
            OpensPullRequest = _request.OpenPullRequest,
            Lanes = [.. Enumerable.Range(1, _request.Lanes).Select(number => new Lane { Number = number })],
        };
        _change = change;
        await PutAsync(change => change, _receipts.Of(change, "StartChange", "", change.Base, $"A change from {change.Base[..12]} for: {change.Title}", to =>
        {
            to.WriteString("purpose", change.Purpose.ToString().ToLowerInvariant());
            to.WriteString("base", change.Base);
            to.WriteString("branch", change.Branch);
            to.WriteString("gate", change.Gate);
            to.WriteString("agent", change.Agent);
            to.WriteString("agent_digest", change.AgentDigest);
            to.WriteString("sandbox", change.Sandbox.ToString().ToLowerInvariant());
            to.WriteStartArray("probes");
            foreach (var probe in sandbox.Probes) to.WriteStringValue($"{probe.Name}: {(probe.Holds ? "holds" : "does not hold")}");
            to.WriteEndArray();
        })).ConfigureAwait(false);
    }

    private async Task<Change> GoOnAsync(string folder, ChangeRepository repository, GateFile file, Sandbox sandbox, CancellationToken cancellationToken)
    {
        var journal = await JournalAsync().ConfigureAwait(false);
        var confinement = new Confinement { Sandbox = sandbox, Hidden = Hidden() };
        var gate = new Gate(file, repository, confinement, folder, _services.Time, progress => Watch(new ChangeProgress(0, 0, progress.Check, progress.Text, progress.Status, 0, progress.Limit)));
        try
        {
            if (_change.Commit is null && await TryAsync(folder, repository, gate, confinement, journal, cancellationToken).ConfigureAwait(false) is { } ended) return await EndAsync(folder, journal, ended).ConfigureAwait(false);
        }
        catch (GateSetupException e)
        {
            return await EndAsync(folder, journal, (ChangeStatus.Rejected, e.Message)).ConfigureAwait(false);
        }

        await new Delivery(_services, _receipts, _source, repository, folder).DeliverAsync(_change, PutAsync, (step, text, status) => Watch(new ChangeProgress(0, 0, step, text, status)), cancellationToken).ConfigureAwait(false);
        return await EndAsync(folder, journal).ConfigureAwait(false);
    }

    private async Task<ChangeJournal> JournalAsync()
    {
        var journal = await ChangeJournal.OpenAsync(_services.Recorder, _change, _request.Agent).ConfigureAwait(false);
        if (_change.Run != journal.Id.Value) await PutAsync(change => change with { Run = journal.Id.Value }).ConfigureAwait(false);
        await RecordAsync(journal).ConfigureAwait(false);
        return journal;
    }

    // How it ended where there is nothing to propose; null where there is.
    private async Task<(ChangeStatus Status, string Why)?> TryAsync(string folder, ChangeRepository repository, Gate gate, Confinement confinement, ChangeJournal journal, CancellationToken cancellationToken)
    {
        var onBase = await BaselineAsync(repository, gate, cancellationToken).ConfigureAwait(false);
        if (WhyNoAttempt(onBase) is { } ended) return ended;

        var setting = new ChangeSetting
        {
            Id = _change.Id,
            Repository = repository,
            Gate = gate,
            OnBase = onBase,
            ForgivesKnown = _change.Purpose == ChangePurpose.Issue,
            Allowed = _change.Allowed,
            Attempts = _change.Attempts,
            Agent = _request.Agent,
            Confinement = confinement,
            Brief = Briefs(onBase, await ConventionsAsync(repository, cancellationToken).ConfigureAwait(false), gate.File),
            Folder = folder,
            Time = _services.Time,
            Watch = Watch,
        };
        var lanes = _change.Lanes.Select(lane => new LaneWork(setting, lane.Number)).ToList();
        while (!_change.Lanes.Any(lane => lane.IsGreen) && _change.Lanes.Any(lane => lane.Stopped is null))
            await Task.WhenAll(_change.Lanes.Where(lane => lane.Stopped is null).Select(lane => AttemptAsync(lanes[lane.Number - 1], lane, journal, cancellationToken))).ConfigureAwait(false);

        if (_change.Lanes.Where(lane => lane.IsGreen).OrderBy(lane => lane.Attempts[^1].PatchBytes).ThenBy(lane => lane.Number).FirstOrDefault() is { } chosen)
        {
            await PutAsync(change => change with { Chosen = chosen.Number }).ConfigureAwait(false);
            return null;
        }

        var last = _change.Lanes[^1];
        return (ChangeStatus.Rejected, $"{last.Stopped} The last one: {last.Attempts[^1].Why}");
    }

    private async Task AttemptAsync(LaneWork work, Lane lane, ChangeJournal journal, CancellationToken cancellationToken)
    {
        var (attempt, runs) = await work.AttemptAsync(lane, cancellationToken).ConfigureAwait(false);
        var isStuck = !attempt.IsGreen && lane.Attempts.Any(earlier => earlier.Fingerprint == attempt.Fingerprint);
        var stopped = attempt.IsGreen ? "It is green."
            : isStuck ? string.Create(CultureInfo.InvariantCulture, $"The agent is stuck: attempt {attempt.Number} ended with the same files and the same failures as one before.")
            : attempt.Number >= _change.Attempts ? $"{Words.Count(attempt.Number, "attempt")} came to nothing." : null;
        var step = string.Create(CultureInfo.InvariantCulture, $"{lane.Number}.{attempt.Number}");
        List<ReceiptDraft> receipts = [_receipts.Of(_change, ChangeReceipts.RunAgent, step, attempt.Tree, attempt.Agent.Fault is { } fault ? $"Attempt {attempt.Number}: {fault}" : $"Attempt {attempt.Number}: {Words.Count(attempt.Files, "file")} changed.", to => Data(to, attempt))];
        receipts.AddRange(runs.Select(run => _receipts.OfGate(_change, $"{step}-{run.Step}", run.Tree, run.Result)));
        await PutAsync(
            change => change with { Lanes = [.. change.Lanes.Select(other => other.Number == lane.Number ? other with { Attempts = [.. other.Attempts, attempt with { Place = change.Lanes.Sum(each => each.Attempts.Count) }], Stopped = stopped } : other)] },
            [.. receipts]).ConfigureAwait(false);
        await RecordAsync(journal).ConfigureAwait(false);
        var came = attempt.IsGreen ? $"green: {Words.Count(attempt.Files, "file")}, +{attempt.AddedLines} −{attempt.RemovedLines}" : attempt.Why;
        Watch(new ChangeProgress(lane.Number, attempt.Number, "attempt", came, attempt.IsGreen ? CheckStatus.Passed : CheckStatus.Failed, _change.Attempts));
    }

    private (ChangeStatus Status, string Why)? WhyNoAttempt(GateResult onBase)
    {
        if (_change.Purpose == ChangePurpose.Heal) return onBase.IsGreen ? (ChangeStatus.Unneeded, "The gate is green: there is nothing to heal.") : null;
        var unclear = onBase.Checks.FirstOrDefault(check => check is { Required: true, Status: CheckStatus.Failed, Cause: not CheckCause.Tests });
        return unclear is null ? null : (ChangeStatus.Rejected, $"The check {unclear.Id} is red on the base commit already, in a way that no change can be told by: {unclear.Why} Mend that first; `pawl self-heal` may help.");
    }

    // An issue's base is asked once for each commit and gate; whoever heals wants to know how it is now.
    private async Task<GateResult> BaselineAsync(ChangeRepository repository, Gate gate, CancellationToken cancellationToken)
    {
        if ((_change.Purpose == ChangePurpose.Issue || _change.IsBaseJudged) && _services.Changes.Baseline(repository.BaseCommit, gate.File.Digest) is { } kept)
        {
            Watch(new ChangeProgress(0, 0, "base", $"known: {(kept.IsGreen ? "green" : "red")}", CheckStatus.Passed));
            return kept;
        }

        Watch(new ChangeProgress(0, 0, "base", $"the gate on the base commit {repository.BaseCommit[..12]}", null));
        var result = await gate.RunCleanAsync(repository.BaseTree, "base", cancellationToken).ConfigureAwait(false);
        await PutAsync(
            change => change with { IsBaseJudged = true },
            transaction => _services.Changes.Keep(transaction, repository.BaseCommit, gate.File.Digest, result, _services.Time.GetUtcNow()),
            _receipts.OfGate(_change, "base", repository.BaseTree, result)).ConfigureAwait(false);
        return result;
    }

    // What is left to do once it is clear how the change ends. That it has ended is stored last: until then it can be resumed.
    private async Task<Change> EndAsync(string folder, ChangeJournal journal, (ChangeStatus Status, string Why)? ended = null)
    {
        if (ended is var (status, why)) await PutAsync(change => change with { Status = status, Why = why }).ConfigureAwait(false);
        await journal.EndAsync(_change).ConfigureAwait(false);
        if (_change.Status == ChangeStatus.Proposed) await File.WriteAllTextAsync(Path.Combine(folder, "proposal.md"), ProposalText.Markdown(_change), CancellationToken.None).ConfigureAwait(false);
        foreach (var inner in Directory.EnumerateDirectories(folder)) WorkFolder.Delete(inner);
        ReceiptDraft[] receipts = _change.Status == ChangeStatus.Proposed ? [] : [_receipts.Of(_change, "EndChange", "", _change.Status.ToString(), _change.Why, to => to.WriteString("status", _change.Status.ToString().ToLowerInvariant()))];
        await PutAsync(change => change with { EndedAt = _services.Time.GetUtcNow() }, receipts).ConfigureAwait(false);
        return _change;
    }

    private Task PutAsync(Func<Change, Change> next, params ReceiptDraft[] receipts) => PutAsync(next, _ => { }, receipts);

    private async Task PutAsync(Func<Change, Change> next, Action<ITransaction> also, params ReceiptDraft[] receipts)
    {
        await _storing.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            _change = await _receipts.PutAsync(next(_change), also, receipts).ConfigureAwait(false);
        }
        finally
        {
            _storing.Release();
        }
    }

    private async Task RecordAsync(ChangeJournal journal)
    {
        await _storing.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await journal.RecordAsync(_change).ConfigureAwait(false);
        }
        finally
        {
            _storing.Release();
        }
    }

    private Func<AttemptHistory, string> Briefs(GateResult onBase, Conventions? conventions, GateFile gate)
    {
        var failures = onBase.Failures;
        if (_change.Issue is not { } stored) return history => Brief.ForHealing(failures, conventions, gate, history);
        var issue = IssueText.Stored(stored.Title, stored.Body, stored.Source, stored.TakenOut);
        return history => Brief.ForIssue(issue, conventions, gate, history);
    }

    private async Task<Conventions?> ConventionsAsync(ChangeRepository repository, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> paths = _request.ConventionsPath is { Length: > 0 } given ? [given, .. Brief.ConventionPaths] : Brief.ConventionPaths;
        foreach (var path in paths)
        {
            if (await repository.ReadAsync(repository.BaseTree, path, ConventionBytes, cancellationToken).ConfigureAwait(false) is { } bytes) return new Conventions(path, Encoding.UTF8.GetString(bytes));
        }

        return null;
    }

    private async Task<GateFile> GateAsync(ChangeRepository repository, CancellationToken cancellationToken) =>
        await repository.ReadAsync(repository.BaseTree, GateFile.Path, GateFileBytes, cancellationToken).ConfigureAwait(false) is { } bytes
            ? GateFile.Read(bytes)
            : throw new GateMissingException($"There is no {GateFile.Path} in {(_source.IsGit ? $"the commit {repository.BaseCommit[..12]}" : _source.Root)}.");

    private async Task<string> FreeBranchAsync(string slug, CancellationToken cancellationToken)
    {
        if (_source.IsGit && await _source.BranchExistsAsync("agent", cancellationToken).ConfigureAwait(false))
            throw new BadInputException("There is a branch \"agent\", and git allows none below it: proposals stand on agent/…. Rename it: git branch -m agent OTHER.");
        for (var number = 1; ; number++)
        {
            var branch = number == 1 ? $"agent/{slug}" : string.Create(CultureInfo.InvariantCulture, $"agent/{slug}-{number}");
            if (!_source.IsGit || !await _source.BranchExistsAsync(branch, cancellationToken).ConfigureAwait(false)) return branch;
        }
    }

    private string IssueSlug()
    {
        var issue = _request.Issue ?? throw new ArgumentException("A change for an issue needs the issue.");
        var slug = IssueText.Stored(issue.Title, issue.Body, issue.Source, issue.TakenOut).Slug;
        return issue.Number is { } number ? string.Create(CultureInfo.InvariantCulture, $"{number}-{slug}") : slug;
    }

    private IReadOnlyList<string> Hidden() => [_services.Folder, _source.Root, .. _source.GitDirectory is { } git ? [git] : Array.Empty<string>(), .. _services.Hidden];

    private void Watch(ChangeProgress progress)
    {
        lock (_watching) _services.Watch?.Invoke(progress);
    }

    private static void Data(Utf8JsonWriter to, Attempt attempt)
    {
        to.WriteString("end", attempt.Agent.End.ToString().ToLowerInvariant());
        to.WriteNumber("exit_code", attempt.Agent.ExitCode);
        to.WriteNumber("took_ms", (long)attempt.Agent.Took.TotalMilliseconds);
        if (attempt.Agent.Tokens is { } tokens) to.WriteNumber("tokens", tokens);
        if (attempt.Agent.CostUsd is { } cost) to.WriteNumber("cost_usd", cost);
        to.WriteString("tree", attempt.Tree);
        to.WriteNumber("patch_bytes", attempt.PatchBytes);
        to.WriteBoolean("green", attempt.IsGreen);
        if (!attempt.IsGreen) to.WriteString("why", attempt.Why);
        to.WriteStartArray("findings");
        foreach (var finding in attempt.Findings) to.WriteStringValue($"{finding.Kind}: {finding.Where}: {finding.What}");
        to.WriteEndArray();
        to.WriteStartArray("notes");
        foreach (var note in attempt.Agent.Notes) to.WriteStringValue(note);
        to.WriteEndArray();
    }
}

/// <summary>A change was interrupted by whoever began it, and can be resumed.</summary>
public sealed class ChangeInterruptedException(string id, Exception inner) : OperationCanceledException($"Interrupted. {id} can go on from its last step: run the same command again with --resume {id}.", inner);

/// <summary>The base commit has no gate file: a proposal for one is due, and a person's yes.</summary>
public sealed class GateMissingException(string message) : Exception(message);
