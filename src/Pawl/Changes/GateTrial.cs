using Pawl.Changes.Sandboxes;
using Pawl.Changes.Workspaces;

namespace Pawl.Changes;

/// <summary>Runs the gate by itself, on a commit or on a folder as it stands, in a fresh checkout. Nothing is recorded.</summary>
public sealed class GateTrial
{
    private const int GateFileBytes = 256 * 1024;

    /// <summary>Runs it.</summary>
    /// <param name="folder">A folder in the repository, or any other.</param>
    /// <param name="revision">The commit; null: the folder as it stands, with what is not committed and not ignored.</param>
    /// <param name="sandbox">Which sandbox it must have.</param>
    /// <param name="hidden">What no check may see.</param>
    /// <param name="time">The clock.</param>
    /// <param name="watch">Is told what runs.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="GateMissingException">There is no gate file.</exception>
    /// <exception cref="GateSetupException">A command of the setup failed.</exception>
    public static async Task<GateTrialResult> RunAsync(
        string folder, string? revision, SandboxPolicy sandbox, IReadOnlyList<string> hidden, TimeProvider time, Action<GateProgress>? watch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(time);
        var source = await SourceRepository.OpenAsync(folder, cancellationToken).ConfigureAwait(false);
        var commit = revision is null || !source.IsGit ? null : await source.ResolveAsync(revision, cancellationToken).ConfigureAwait(false);
        source.KeepOut(Path.GetTempPath());
        using var work = await TemporaryWork.CreateAsync("gate").ConfigureAwait(false);
        var own = work.Folder;
        var repository = await ChangeRepository.CreateAsync(Path.Combine(own, "repository"), source, commit, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        var bytes = await repository.ReadAsync(repository.BaseTree, GateFile.Path, GateFileBytes, cancellationToken).ConfigureAwait(false)
            ?? throw new GateMissingException($"There is no {GateFile.Path} in {(commit is null ? source.Root : $"the commit {commit[..12]}")}.");
        var chosen = await SandboxLadder.ChooseAsync(sandbox, cancellationToken).ConfigureAwait(false);
        var confinement = new Confinement { Sandbox = chosen, Hidden = [own, .. await source.PlacesAsync(cancellationToken).ConfigureAwait(false), .. hidden] };
        var gate = GateFile.Read(bytes);
        var result = await new Gate(gate, repository, confinement, own, time, watch).RunCleanAsync(repository.BaseTree, "tree", cancellationToken).ConfigureAwait(false);
        return new GateTrialResult(result, chosen.Rung, SandboxFinding.Say(chosen.Rung, chosen.Probes, gate.Checks.Any(check => check.Network)));
    }
}

/// <summary>What the gate came to.</summary>
/// <param name="Result">Its checks.</param>
/// <param name="Sandbox">The rung they ran on.</param>
/// <param name="SandboxHolds">What that rung keeps from happening here, and what it does not.</param>
public sealed record GateTrialResult(GateResult Result, SandboxRung Sandbox, string SandboxHolds);
