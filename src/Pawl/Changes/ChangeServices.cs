using Pawl.Changes.Sandboxes;
using Pawl.Forges;
using Pawl.Ledger;
using Pawl.Runs;

namespace Pawl.Changes;

/// <summary>What supervised changes work with.</summary>
public sealed record ChangeServices
{
    /// <summary>The store.</summary>
    public required IStore Store { get; init; }

    /// <summary>The changes in it.</summary>
    public required IChangeStore Changes { get; init; }

    /// <summary>The receipts in it.</summary>
    public required ILedgerStore Receipts { get; init; }

    /// <summary>Signs a checkpoint of all receipts; null where that is not possible now.</summary>
    public required Func<CancellationToken, Task<Checkpoint?>> SignAsync { get; init; }

    /// <summary>Records the decisions.</summary>
    public required RunRecorder Recorder { get; init; }

    /// <summary>Where Pawl keeps checkouts and its own repositories, outside of every sandbox.</summary>
    public required string Folder { get; init; }

    /// <summary>What no sandbox ever shows, besides <see cref="Folder"/>: the database, keys.</summary>
    public IReadOnlyList<string> Hidden { get; init; } = [];

    /// <summary>Gives the forge at which drafts are opened, when one is to be opened; null where there is none.</summary>
    public Func<IForge?> Forge { get; init; } = () => null;

    /// <summary>The token that a push to an address is let in with; null for none.</summary>
    public Func<string, string?> PushToken { get; init; } = _ => null;

    /// <summary>How the sandbox is chosen.</summary>
    internal Func<SandboxPolicy, CancellationToken, Task<Sandbox>> ChooseSandboxAsync { get; init; } = SandboxLadder.ChooseAsync;

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Who acts.</summary>
    public required string Actor { get; init; }

    /// <summary>Is told what happens.</summary>
    public Action<ChangeProgress>? Watch { get; init; }
}

/// <summary>What happens now.</summary>
/// <param name="Lane">The lane, from 1; 0: none in particular.</param>
/// <param name="Attempt">The attempt, from 1; 0: none in particular.</param>
/// <param name="Step">What runs: <c>base</c>, <c>agent</c>, a check, <c>base-tests</c>, <c>clean</c>, <c>new-tests</c>, <c>attempt</c>, <c>commit</c>, <c>branch</c>.</param>
/// <param name="Text">What of it, or what it came to.</param>
/// <param name="Status">Whether it came to something, and to what; null while it runs.</param>
/// <param name="Attempts">How many attempts there may be; 0: none in particular.</param>
/// <param name="Limit">How long the step may take; null where it has ended, or has no limit.</param>
public sealed record ChangeProgress(int Lane, int Attempt, string Step, string Text, CheckStatus? Status, int Attempts = 0, TimeSpan? Limit = null);

/// <summary>What a change is asked to be.</summary>
public sealed record ChangeRequest
{
    /// <summary>Why.</summary>
    public required ChangePurpose Purpose { get; init; }

    /// <summary>A folder in the repository; one that is in none is taken as it stands, and the proposal is a patch.</summary>
    public required string Folder { get; init; }

    /// <summary>The commit to start from, as a person names it. Default: the current one.</summary>
    public string Base { get; init; } = "HEAD";

    /// <summary>The issue; null to heal.</summary>
    public StoredIssue? Issue { get; init; }

    /// <summary>The agent.</summary>
    public required AgentSettings Agent { get; init; }

    /// <summary>How many agents work beside each other. Default: 1.</summary>
    public int Lanes { get; init; } = 1;

    /// <summary>How many attempts each may make; null: as the gate file says.</summary>
    public int? Attempts { get; init; }

    /// <summary>Findings that are let through.</summary>
    public IReadOnlyList<Tampering.FindingKind> Allowed { get; init; } = [];

    /// <summary>Whether the branch is pushed.</summary>
    public bool Push { get; init; }

    /// <summary>Whether a draft pull request is opened, which needs the push.</summary>
    public bool OpenPullRequest { get; init; }

    /// <summary>Where it is pushed to. Default: <c>origin</c>.</summary>
    public string Remote { get; init; } = "origin";

    /// <summary>What <c>$AGENT_CONFIG</c> names: a path in the repository where conventions stand; null for the usual ones.</summary>
    public string? ConventionsPath { get; init; }
}
