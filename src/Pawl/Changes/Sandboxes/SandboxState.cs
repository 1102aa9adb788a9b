namespace Pawl.Changes.Sandboxes;

/// <summary>How well this machine can contain the commands of agents and gates.</summary>
/// <param name="Rung">The best rung that holds; null when none does.</param>
/// <param name="Found">What was found, for people: what the rung keeps from happening and what it does not, or why there is none.</param>
/// <param name="Remedy">How to get to the best rung; null on it.</param>
public sealed record SandboxState(SandboxRung? Rung, string Found, string? Remedy)
{
    /// <summary>Tries the rungs, the best first, until one holds. Takes a fraction of a second and leaves nothing behind.</summary>
    public static async Task<SandboxState> LookAsync(CancellationToken cancellationToken)
    {
        SandboxFinding? best = null;
        SandboxFinding? bubblewrap = null;
        foreach (var rung in SandboxLadder.Rungs)
        {
            best = await SandboxLadder.ProbeAsync(rung, cancellationToken).ConfigureAwait(false);
            bubblewrap ??= best;
            if (best.IsUsable) break;
        }

        var why = bubblewrap!.IsUsable ? null : $"{SandboxLadder.Failure(bubblewrap)}. {SandboxLadder.Remedy(bubblewrap)}.";
        return best!.IsUsable ? new SandboxState(best.Rung, best.Words, why) : new SandboxState(null, SandboxLadder.Failure(best), why);
    }
}
