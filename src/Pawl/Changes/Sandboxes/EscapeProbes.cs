namespace Pawl.Changes.Sandboxes;

/// <summary>The escapes that are tried on a rung before it is used: one command inside that tries them all, and a look from outside at what came of it.</summary>
internal static class EscapeProbes
{
    private const SandboxRung None = (SandboxRung)(-1);

    // Which is the last rung that must hold it; in the order in which they are told.
    /// <summary>The probe that tries to reach the network.</summary>
    public const string Network = "network";

    private static readonly (string Name, SandboxRung Until, string Kept, string Open)[] All =
    [
        ("home", SandboxRung.Bubblewrap, "homes hidden", "reading homes"),
        ("hidden", SandboxRung.Bubblewrap, "Pawl's own files hidden", "reading Pawl's own files"),
        ("write-outside", SandboxRung.Bubblewrap, "nothing written outside the tree", "writing outside the tree"),
        ("git", SandboxRung.Bubblewrap, "git folder read-only", "writing to the git folder"),
        (Network, SandboxRung.Unshare, "no network", "the network, with this machine's own services and abstract sockets"),
        ("environment", SandboxRung.ProcessGroup, "environment of its own", "reading Pawl's environment"),
        ("privileges", SandboxRung.Unshare, "no privileges", "the privileges of Pawl's user"),
        ("kernel-settings", SandboxRung.Unshare, "kernel settings read-only", "changing kernel settings"),
        ("user-namespace", SandboxRung.Unshare, "no namespaces of its own", "making user namespaces"),
        ("other-processes", SandboxRung.Unshare, "other processes out of reach", "reading and killing other processes"),
        ("daemon", SandboxRung.ProcessGroup, "everything ended at its end", "leaving processes behind"),
    ];

    private static readonly HashSet<string> Expected = new(["PWD", "OLDPWD", "SHLVL", "_"], StringComparer.Ordinal);

    /// <summary>Whether a rung that does not hold this probe is broken.</summary>
    public static bool MustHold(SandboxRung rung, string name) => rung <= Array.Find(All, p => p.Name == name) switch { { Name: null } => None, var p => p.Until };

    /// <summary>What a probe that holds keeps from happening, in words.</summary>
    public static string Kept(string name) => Array.Find(All, p => p.Name == name).Kept ?? name;

    /// <summary>What a probe that does not hold lets happen, in words.</summary>
    public static string Open(string name) => Array.Find(All, p => p.Name == name).Open ?? name;

    /// <summary>Tries all of them. A sandbox that does not start at all is a problem, not a broken probe.</summary>
    public static async Task<SandboxFinding> TryAsync(Sandbox sandbox, CancellationToken cancellationToken)
    {
        using var stage = await ProbeStage.OpenAsync(cancellationToken).ConfigureAwait(false);
        var command = stage.Command();
        var result = await sandbox.RunAsync(command, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var lines = result.Output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (result.End != CommandEnd.Exited || !lines.Contains("done", StringComparer.Ordinal))
        {
            var why = result.Error.Text.Split('\n').FirstOrDefault(l => l.Length > 0) ?? $"the probe ended as {result.End} with exit code {result.ExitCode}";
            return new SandboxFinding(sandbox.Rung, []) { Problem = $"does not start: {why}" };
        }

        var escapes = lines.Select(l => l.Split(' ', 3)).Where(p => p is ["escape", _, _]).ToLookup(p => p[1], p => p[2], StringComparer.Ordinal);
        var names = lines.Where(l => l.StartsWith("variable ", StringComparison.Ordinal)).Select(l => l["variable ".Length..]);
        var allowed = SandboxEnvironment.Of(command, "", "", "").Keys.Concat(Expected).ToHashSet(StringComparer.Ordinal);
        var seen = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["environment"] = names.FirstOrDefault(n => !allowed.Contains(n)) is { } name ? $"the variable {name} got through" : null,
            ["write-outside"] = stage.WrittenOutside(),
            ["git"] = stage.WrittenToGit(),
            ["network"] = stage.Reached(),
            ["other-processes"] = stage.Killed(),
            ["daemon"] = stage.LeftBehind(),
        };
        return new SandboxFinding(sandbox.Rung, [.. All.Select(p => Judge(p.Name, seen.GetValueOrDefault(p.Name) ?? escapes[p.Name].FirstOrDefault()))]);
    }

    private static SandboxProbe Judge(string name, string? escape) => new(name, escape is null, escape ?? "tried in vain");
}
