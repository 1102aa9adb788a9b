using Pawl.Changes.Sandboxes;
using Pawl.Changes.Workspaces;

namespace Pawl.Changes;

/// <summary>The sandbox of a change, and what is seen in it whatever runs there.</summary>
internal sealed record Confinement
{
    /// <summary>The sandbox.</summary>
    public required Sandbox Sandbox { get; init; }

    /// <summary>What is never seen: Pawl's database, keys and state, and the user's own checkout.</summary>
    public IReadOnlyList<string> Hidden { get; init; } = [];

    /// <summary>What an agent was given in confidence; what checks print of it is kept nowhere.</summary>
    public AgentSecrets Secrets { get; init; } = AgentSecrets.None;

    /// <summary>The git directory of the user's repository; null where the user has none, or it is nobody's business.</summary>
    public string? Repository { get; init; }

    /// <summary>A command of the gate: without a shell, without Pawl's environment, and without network unless the gate file allows it.</summary>
    public SandboxedCommand Command(IReadOnlyList<string> argv, Worktree checkout, bool network, CommandBudget budget, string? reports = null) => new()
    {
        Argv = argv,
        WorkingDirectory = checkout.Folder,
        Writable = reports is null ? [] : [reports],
        ReadOnly = [.. checkout.ObjectFolders, .. PackageCaches.Existing()],
        Hidden = Hidden,
        Environment = reports is null ? Ordinary : new Dictionary<string, string>(Ordinary, StringComparer.Ordinal) { ["PAWL_REPORTS"] = reports },
        Network = network,
        Budget = budget,
    };

    // What tools do where nobody watches: no colour, no questions, no telemetry, no servers that outlive them.
    private static IReadOnlyDictionary<string, string> Ordinary { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["CI"] = "true",
        ["NO_COLOR"] = "1",
        ["TERM"] = "dumb",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_SKIP_FIRST_TIME_EXPERIENCE"] = "1",
        ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["UseSharedCompilation"] = "false",
    };
}
