using System.Globalization;
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

    private readonly ChangeServices _services;
    private readonly ChangeRequest _request;
    private readonly SourceRepository _source;
    private readonly ChangeState _state;

    private ChangeWork(ChangeRequest request, SourceRepository source, ChangeState state) =>
        (_services, _request, _source, _state) = (state.Services, request, source, state);

    /// <summary>Makes a new change.</summary>
    /// <exception cref="BadInputException">There is no gate file in the base commit, or what was asked cannot be.</exception>
    /// <exception cref="UnavailableException">The database, git or the sandbox that is required is not there.</exception>
    public static async Task<Change> RunAsync(ChangeServices services, ChangeRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(request);
        var source = await SourceRepository.OpenAsync(request.Folder, cancellationToken).ConfigureAwait(false);
        if (!source.IsGit && request.Base != "HEAD") throw new BadInputException($"{source.Root} is no git repository: there is no commit {request.Base} in it.");
        var at = services.Time.GetUtcNow();
        var commit = source.IsGit ? await source.ResolveAsync(request.Base, cancellationToken).ConfigureAwait(false) : null;
        var id = "CHG-" + CanonicalJson.Digest(JsonSerializer.SerializeToElement(new[]
        {
            request.Purpose.ToString(), commit, request.Issue?.Title, request.Issue?.Body, at.UtcTicks.ToString(CultureInfo.InvariantCulture), services.Actor,
        }))[..8];
        source.KeepOut(services.Folder);
        await ChangeFolder.SweepAsync(services).ConfigureAwait(false);
        using var owned = ChangeFolder.Own(services, id);
        var folder = owned.Path;
        ChangeState? state = null;
        Task<Sandbox>? choosing = null;
        try
        {
            // The rungs are tried while the first checkout is made.
            choosing = services.ChooseSandboxAsync(request.Agent.Sandbox, cancellationToken);
            var repository = await ChangeRepository.CreateAsync(Path.Combine(folder, "repository"), source, commit, at, cancellationToken).ConfigureAwait(false);
            var gate = await GateAsync(repository, source, cancellationToken).ConfigureAwait(false);
            var checkouts = new Checkouts(gate, repository, folder);
            await using (checkouts.ConfigureAwait(false))
            {
                checkouts.MakeNext();
                var sandbox = await choosing.ConfigureAwait(false);
                state = new ChangeState(services, await BeginningAsync(services, request, source, id, at, repository, gate, sandbox, cancellationToken).ConfigureAwait(false));
                await state.PutAsync(change => change, state.Receipts.OfStart(state.Current, sandbox.Probes)).ConfigureAwait(false);
                await new ChangeWork(request, source, state).GoOnAsync(folder, repository, gate, checkouts, sandbox, cancellationToken).ConfigureAwait(false);
            }

            return await EndAsync(state, folder).ConfigureAwait(false);
        }
        catch when (state is not { Current.Version: > 0 })
        {
            if (choosing is not null) await ((Task)choosing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
        if (change.Access is { } access && !access.IsSame(request.Agent.Access)) throw new BadInputException($"{change.Id} was begun with an agent that is given {access.Said}, and not {request.Agent.Access.Said}. Give it the same again, or begin anew.");
        await ChangeFolder.SweepAsync(services).ConfigureAwait(false);
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
        await Sandbox.EndLeftoversAsync(folder).ConfigureAwait(false);
        var change = services.Changes.Find(id) ?? throw new BadInputException($"There is no change {id} any more.");
        NotEnded(change);
        var source = await SourceRepository.OpenAsync(change.Repository, cancellationToken).ConfigureAwait(false);
        var state = new ChangeState(services, change);
        if (change.Status != ChangeStatus.Working)
        {
            await state.OpenRunAsync(request.Agent).ConfigureAwait(false);
            return await EndAsync(state, folder).ConfigureAwait(false);
        }

        var sandbox = await services.ChooseSandboxAsync(request.Agent.Sandbox, cancellationToken).ConfigureAwait(false);
        if (sandbox.Rung > change.Sandbox)
            throw new UnavailableException($"{change.Id} was begun in the sandbox {change.Sandbox}; this machine has only {sandbox.Rung} now: {SandboxLadder.Failure(await SandboxLadder.ProbeAsync(change.Sandbox, cancellationToken).ConfigureAwait(false))}.");
        var own = Path.Combine(folder, "repository");
        var repository = Directory.Exists(own)
            ? await ChangeRepository.OpenAsync(own, source, cancellationToken).ConfigureAwait(false)
            : throw new BadInputException($"The folder {folder} is gone, and with it what the agent had done. Begin anew.");
        var gate = await GateAsync(repository, source, cancellationToken).ConfigureAwait(false);
        var checkouts = new Checkouts(gate, repository, folder);
        await using (checkouts.ConfigureAwait(false))
            await new ChangeWork(request, source, state).GoOnAsync(folder, repository, gate, checkouts, sandbox, cancellationToken).ConfigureAwait(false);
        return await EndAsync(state, folder).ConfigureAwait(false);
    }

    private static void NotEnded(Change change)
    {
        if (change.EndedAt is not null) throw new BadInputException($"{change.Id} has ended: {change.Why} There is nothing to resume.");
    }

    private static async Task<Change> BeginningAsync(
        ChangeServices services, ChangeRequest request, SourceRepository source, string id, DateTimeOffset at, ChangeRepository repository, GateFile gate, Sandbox sandbox, CancellationToken cancellationToken)
    {
        var pushes = request.Push || request.OpenPullRequest;
        var url = source.IsGit ? await source.RemoteUrlAsync(request.Remote, cancellationToken).ConfigureAwait(false) : null;
        if (pushes && url is null) throw new BadInputException($"There is no remote \"{request.Remote}\" to push to. Add one, or name it with --remote.");
        var attempts = request.Attempts ?? gate.Limits.Attempts;
        return new Change
        {
            Id = id,
            Purpose = request.Purpose,
            Repository = source.Root,
            IsGit = source.IsGit,
            Base = repository.BaseCommit,
            Branch = await ProposalBranch.FreeAsync(source, request.Purpose, request.Issue, cancellationToken).ConfigureAwait(false),
            Issue = request.Issue,
            Gate = gate.Digest,
            Agent = request.Agent.Name,
            AgentDigest = request.Agent.Digest,
            Access = request.Agent.Access,
            NetworkOfGate = [.. gate.Setup.Count > 0 ? ["setup"] : Array.Empty<string>(), .. gate.Checks.Where(check => check.Network).Select(check => check.Id)],
            Actor = services.Actor,
            StartedAt = at,
            Sandbox = sandbox.Rung,
            SandboxHolds = SandboxFinding.Say(sandbox.Rung, sandbox.Probes, request.Agent.Network),
            Attempts = request.Purpose == ChangePurpose.Heal ? Math.Min(attempts, HealingAttempts) : attempts,
            Allowed = request.Allowed,
            Remote = request.Remote,
            Pushes = pushes,
            RemoteUrl = url is null ? null : PushTarget.Shown(url),
            OpensPullRequest = request.OpenPullRequest,
            Lanes = [.. Enumerable.Range(1, request.Lanes).Select(number => new Lane { Number = number })],
        };
    }

    private async Task GoOnAsync(string folder, ChangeRepository repository, GateFile file, Checkouts checkouts, Sandbox sandbox, CancellationToken cancellationToken)
    {
        await _state.OpenRunAsync(_request.Agent).ConfigureAwait(false);
        var confinement = new Confinement { Sandbox = sandbox, Hidden = [_services.Folder, .. await _source.PlacesAsync(cancellationToken).ConfigureAwait(false), .. _services.Hidden], Secrets = _request.Agent.Secrets(), Repository = _source.CommonDirectory };
        var gate = new Gate(file, repository, confinement, folder, _services.Time, progress => _state.Watch(new ChangeProgress(0, 0, progress.Check, progress.Text, progress.Status, 0, progress.Limit)));
        if (_state.Current.Commit is null
            && await new ChangeAttempts(_state, _request, repository, gate, checkouts, confinement, folder).MakeAsync(cancellationToken).ConfigureAwait(false) is var (status, why))
            await _state.PutAsync(change => change with { Status = status, Why = why }).ConfigureAwait(false);
        else
            await new Delivery(_state, _source, repository, folder).DeliverAsync(cancellationToken).ConfigureAwait(false);
    }

    // What is left to do once it is clear how the change ends. That it has ended is stored last: until then it can be resumed.
    private static async Task<Change> EndAsync(ChangeState state, string folder)
    {
        await state.EndRunAsync().ConfigureAwait(false);
        var change = state.Current;
        if (change.Status == ChangeStatus.Proposed) await File.WriteAllTextAsync(Path.Combine(folder, "proposal.md"), ProposalText.Markdown(change), CancellationToken.None).ConfigureAwait(false);
        foreach (var inner in Directory.EnumerateDirectories(folder).Where(inner => !WorkFolder.Delete(inner)))
            state.Watch(new ChangeProgress(0, 0, "end", $"{inner} cannot be taken away", CheckStatus.Failed));
        ReceiptDraft[] receipts = change.Status == ChangeStatus.Proposed ? [] : [state.Receipts.OfEnd(change)];
        await state.PutAsync(last => last with { EndedAt = state.Services.Time.GetUtcNow() }, receipts).ConfigureAwait(false);
        return state.Current;
    }

    private static async Task<GateFile> GateAsync(ChangeRepository repository, SourceRepository source, CancellationToken cancellationToken) =>
        await repository.ReadAsync(repository.BaseTree, GateFile.Path, GateFileBytes, cancellationToken).ConfigureAwait(false) is { } bytes
            ? GateFile.Read(bytes)
            : throw new GateMissingException($"There is no {GateFile.Path} in {(source.IsGit ? $"the commit {repository.BaseCommit[..12]}" : source.Root)}.");
}

/// <summary>A change was interrupted by whoever began it, and can be resumed.</summary>
public sealed class ChangeInterruptedException(string id, Exception inner) : OperationCanceledException($"Interrupted. {id} can go on from its last step: run the same command again with --resume {id}.", inner);

/// <summary>The base commit has no gate file: a proposal for one is due, and a person's yes.</summary>
public sealed class GateMissingException(string message) : Exception(message);
