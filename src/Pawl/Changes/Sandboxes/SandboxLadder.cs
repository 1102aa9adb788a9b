namespace Pawl.Changes.Sandboxes;

/// <summary>Finds out how well commands can be contained on this machine, by trying to escape.</summary>
internal static class SandboxLadder
{
    /// <summary>All rungs, the best first.</summary>
    public static readonly IReadOnlyList<SandboxRung> Rungs = [SandboxRung.Bubblewrap, SandboxRung.Unshare, SandboxRung.ProcessGroup];

    /// <summary>The sandbox that the policy asks for.</summary>
    /// <exception cref="UnavailableException">Bubblewrap is required and does not hold here, or no rung does; the message says what to do.</exception>
    public static async Task<Sandbox> ChooseAsync(SandboxPolicy policy, CancellationToken cancellationToken)
    {
        SandboxFinding? finding = null;
        foreach (var rung in policy switch { SandboxPolicy.Required => Rungs.Take(1), SandboxPolicy.None => Rungs.TakeLast(1), _ => Rungs })
        {
            finding = await ProbeAsync(rung, cancellationToken).ConfigureAwait(false);
            if (finding.IsUsable) return new Sandbox(rung, SandboxTools.Find(), finding.Probes);
        }

        throw new UnavailableException($"No sandbox: {Failure(finding!)}. {(finding!.Rung == SandboxRung.Bubblewrap ? Remedy(finding) + ", or allow less with `agent.sandbox: best`." : "")}".TrimEnd());
    }

    /// <summary>What became of every escape on every rung.</summary>
    public static async Task<IReadOnlyList<SandboxFinding>> ProbeAllAsync(CancellationToken cancellationToken)
    {
        var findings = new List<SandboxFinding>();
        foreach (var rung in Rungs) findings.Add(await ProbeAsync(rung, cancellationToken).ConfigureAwait(false));
        return findings;
    }

    /// <summary>Why a rung is not usable, in one sentence without a full stop.</summary>
    public static string Failure(SandboxFinding finding) => finding.Problem is { } problem
        ? $"{SandboxFinding.NameOf(finding.Rung)} {problem}"
        : $"{SandboxFinding.NameOf(finding.Rung)} lets something out: {string.Join("; ", finding.Broken.Select(p => $"{p.Name} ({p.Detail})"))}";

    /// <summary>How to get bubblewrap to work, without a full stop.</summary>
    public static string Remedy(SandboxFinding bubblewrap) => SandboxTools.Find().Bubblewrap is null
        ? "Install bubblewrap 0.8 or newer (apt-get install bubblewrap, dnf install bubblewrap)"
        : bubblewrap.Problem is { } problem && problem.Contains("nknown option", StringComparison.Ordinal)
            ? "Install a newer bubblewrap: 0.8 is needed"
            : "Let bubblewrap make user namespaces (sysctl kernel.unprivileged_userns_clone=1, sysctl kernel.apparmor_restrict_unprivileged_userns=0; "
                + "in a container: --security-opt seccomp=unconfined --security-opt systempaths=unconfined)";

    /// <summary>What became of every escape on one rung.</summary>
    public static async Task<SandboxFinding> ProbeAsync(SandboxRung rung, CancellationToken cancellationToken)
    {
        var tools = SandboxTools.Find();
        var missing = rung switch
        {
            SandboxRung.Bubblewrap when tools.Bubblewrap is null => "is not installed",
            SandboxRung.Unshare when tools.Unshare is null || tools.SetPriv is null => "is not installed (util-linux has it)",
            _ when !File.Exists("/bin/sh") => "cannot be tried without /bin/sh",
            _ => null,
        };
        return missing is null
            ? await EscapeProbes.TryAsync(new Sandbox(rung, tools, []), cancellationToken).ConfigureAwait(false)
            : new SandboxFinding(rung, []) { Problem = missing };
    }
}
