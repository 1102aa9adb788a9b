namespace Pawl.Changes.Sandboxes;

/// <summary>One escape that was tried from inside: whether the sandbox held, and what was seen.</summary>
internal sealed record SandboxProbe(string Name, bool Holds, string Detail);

/// <summary>What became of every escape that was tried on one rung. Without probes the rung does not exist here, and <see cref="Problem"/> says why.</summary>
internal sealed record SandboxFinding(SandboxRung Rung, IReadOnlyList<SandboxProbe> Probes)
{
    /// <summary>Why the rung could not be tried at all; null where it was.</summary>
    public string? Problem { get; init; }

    /// <summary>The probes that let something out although this rung must hold it.</summary>
    public IReadOnlyList<SandboxProbe> Broken => [.. Probes.Where(p => !p.Holds && EscapeProbes.MustHold(Rung, p.Name))];

    /// <summary>Whether the rung may be used: it could be tried, and held all that it must.</summary>
    public bool IsUsable => Problem is null && Probes.Count > 0 && Broken.Count == 0;

    /// <summary>What the rung keeps from happening and what it does not, for receipts: "bubblewrap: home hidden, no network, …".</summary>
    public string Words => Say(Rung, Probes, hasNetwork: false);

    /// <summary>The name of a rung as receipts and tables write it.</summary>
    public static string NameOf(SandboxRung rung) => rung switch
    {
        SandboxRung.Bubblewrap => "bubblewrap",
        SandboxRung.Unshare => "unshare",
        _ => "process group",
    };

    /// <summary>What a rung keeps from a command and what it does not, in words.</summary>
    /// <param name="rung">The rung.</param>
    /// <param name="probes">What was tried on it.</param>
    /// <param name="hasNetwork">Whether the command is given the network, which no rung keeps from it then.</param>
    internal static string Say(SandboxRung rung, IReadOnlyList<SandboxProbe> probes, bool hasNetwork)
    {
        bool Holds(SandboxProbe probe) => probe.Holds && !(hasNetwork && probe.Name == EscapeProbes.Network);
        var holds = string.Join(", ", probes.Where(Holds).Select(p => EscapeProbes.Kept(p.Name)));
        var open = string.Join(", ", probes.Where(p => !Holds(p)).Select(p => EscapeProbes.Open(p.Name)));
        return $"{NameOf(rung)}: {(holds.Length > 0 ? holds : "nothing is kept from happening")}{(open.Length > 0 ? "; NOT prevented: " + open : "")}";
    }
}
