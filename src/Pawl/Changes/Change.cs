using Pawl.Changes.Sandboxes;
using Pawl.Changes.Tampering;

namespace Pawl.Changes;

/// <summary>Why a change is made.</summary>
public enum ChangePurpose
{
    /// <summary>An issue asks for it.</summary>
    Issue,

    /// <summary>The gate is red.</summary>
    Heal,
}

/// <summary>How far a change is.</summary>
public enum ChangeStatus
{
    /// <summary>It is worked on, or whoever did was stopped.</summary>
    Working,

    /// <summary>There is a proposal.</summary>
    Proposed,

    /// <summary>No attempt passed.</summary>
    Rejected,

    /// <summary>There was nothing to do: the gate was green.</summary>
    Unneeded,
}

/// <summary>
/// A supervised change: what was asked, what was tried and what it came to. It is stored after every step, so that whoever was stopped can go on;
/// a step that was not stored is made again.
/// </summary>
public sealed record Change
{
    /// <summary>Its id: <c>CHG-</c> and 8 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>Counts its stored states, from 1.</summary>
    public long Version { get; init; }

    /// <summary>Why it is made.</summary>
    public required ChangePurpose Purpose { get; init; }

    /// <summary>The folder of the repository.</summary>
    public required string Repository { get; init; }

    /// <summary>Whether that is a git repository; else the proposal is a patch.</summary>
    public required bool IsGit { get; init; }

    /// <summary>The commit that it starts from.</summary>
    public required string Base { get; init; }

    /// <summary>The branch that it is proposed on.</summary>
    public required string Branch { get; init; }

    /// <summary>The issue; null to heal.</summary>
    public StoredIssue? Issue { get; init; }

    /// <summary>The digest of the gate file.</summary>
    public required string Gate { get; init; }

    /// <summary>The agent's name.</summary>
    public required string Agent { get; init; }

    /// <summary>SHA-256 of the agent's command.</summary>
    public required string AgentDigest { get; init; }

    /// <summary>What the agent is given besides its checkout; null where an earlier Pawl began the change.</summary>
    public AgentAccess? Access { get; init; }

    /// <summary>Parts of the gate that have the network: checks by name, and <c>setup</c>.</summary>
    public IReadOnlyList<string> NetworkOfGate { get; init; } = [];

    /// <summary>Who asked for it.</summary>
    public required string Actor { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The rung of the sandbox.</summary>
    public required SandboxRung Sandbox { get; init; }

    /// <summary>What that rung keeps from an agent here, and what it does not; the network is among the latter where the agent is given it.</summary>
    public required string SandboxHolds { get; init; }

    /// <summary>How many attempts an agent may make, in each lane.</summary>
    public required int Attempts { get; init; }

    /// <summary>Findings that are let through, by a person's word.</summary>
    public IReadOnlyList<FindingKind> Allowed { get; init; } = [];

    /// <summary>The name of the remote that it is pushed to, by Pawl or by a person.</summary>
    public string Remote { get; init; } = "origin";

    /// <summary>Whether Pawl is to push it there.</summary>
    public bool Pushes { get; init; }

    /// <summary>The remote's address, as it was before the agent ran, without a name and a password in it; null where there is none.</summary>
    public string? RemoteUrl { get; init; }

    /// <summary>Whether a draft pull request is to be opened.</summary>
    public bool OpensPullRequest { get; init; }

    /// <summary>The run in which its decisions are recorded.</summary>
    public string? Run { get; init; }

    /// <summary>The agents that work on it beside each other; at least one.</summary>
    public required IReadOnlyList<Lane> Lanes { get; init; }

    /// <summary>Whether the gate judged the base commit for it, or that was known.</summary>
    public bool IsBaseJudged { get; init; }

    /// <summary>How far it is.</summary>
    public ChangeStatus Status { get; init; }

    /// <summary>Why it ended as it did, in a sentence.</summary>
    public string Why { get; init; } = "";

    /// <summary>The lane that is proposed; null before.</summary>
    public int? Chosen { get; init; }

    /// <summary>The commit that is proposed; null before. Of a plain folder it is kept nowhere, and the patch is proposed.</summary>
    public string? Commit { get; init; }

    /// <summary>SHA-256 of the patch's file, 64 hex digits; null where a commit is proposed.</summary>
    public string? PatchDigest { get; init; }

    /// <summary>The checkpoint that stands in the commit: origin, size and root.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Whether the branch is in the user's repository.</summary>
    public bool IsDelivered { get; init; }

    /// <summary>Whether the proposal has its receipt.</summary>
    public bool IsProposed { get; init; }

    /// <summary>Whether it was pushed.</summary>
    public bool IsPushed { get; init; }

    /// <summary>The draft pull request; null where there is none.</summary>
    public string? PullRequest { get; init; }

    /// <summary>When it ended; null where something is still to be done, if only to tidy up.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The proposed lane's last attempt; null before.</summary>
    public Attempt? Winner => Chosen is { } lane ? Lanes[lane - 1].Attempts[^1] : null;

    /// <summary>What a person calls it.</summary>
    public string Title => Issue?.Title ?? "Make the checks pass again";
}

/// <summary>An issue as it was when the change began.</summary>
public sealed record StoredIssue(string Title, string Body, string Source, IReadOnlyList<string> TakenOut, long? Number);

/// <summary>One agent's attempts, each going on from what the one before left.</summary>
public sealed record Lane
{
    /// <summary>Its number, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>What it tried, in order.</summary>
    public IReadOnlyList<Attempt> Attempts { get; init; } = [];

    /// <summary>Why it goes no further; null while it may.</summary>
    public string? Stopped { get; init; }

    /// <summary>Whether its last attempt may be proposed.</summary>
    public bool IsGreen => Attempts.Count > 0 && Attempts[^1].IsGreen;
}

/// <summary>One attempt: what the agent did, and what was thought of it.</summary>
public sealed record Attempt
{
    /// <summary>Its number in its lane, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>How many attempts of the change, in whichever lane, were stored before it.</summary>
    public int Place { get; init; }

    /// <summary>How the agent ended.</summary>
    public required AgentReport Agent { get; init; }

    /// <summary>What stood in the checkout afterwards, as a tree; where the agent failed, what stood there before.</summary>
    public required string Tree { get; init; }

    /// <summary>Files changed against the base commit.</summary>
    public int Files { get; init; }

    /// <summary>Their paths, the first hundred.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Lines added.</summary>
    public long AddedLines { get; init; }

    /// <summary>Lines removed.</summary>
    public long RemovedLines { get; init; }

    /// <summary>Bytes of the patch.</summary>
    public long PatchBytes { get; init; }

    /// <summary>Whether it may be proposed.</summary>
    public bool IsGreen { get; init; }

    /// <summary>Why not, in a sentence.</summary>
    public string Why { get; init; } = "";

    /// <summary>What the agent is told of it.</summary>
    public IReadOnlyList<GateFailure> Failures { get; init; } = [];

    /// <summary>What it did that no agent should, allowed or not.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>What else a reviewer should know: what its files do to git, and what the sandbox noticed of its checks. Refuses nothing.</summary>
    public IReadOnlyList<string> Notes { get; init => field = value ?? []; } = []; // null where the attempt was stored before there were notes

    /// <summary>The verdict in a clean checkout; null where it did not come to that.</summary>
    public Verdict? Clean { get; init; }

    /// <summary>Its receipts, by reference: the agent's, and those of the runs of the gate.</summary>
    public IReadOnlyList<string> Receipts { get; init; } = [];

    /// <summary>The fingerprint of tree and failures: twice the same means that the agent is stuck.</summary>
    public string Fingerprint { get; init; } = "";
}

/// <summary>What the gate said of a change where the agent never was.</summary>
public sealed record Verdict
{
    /// <summary>Each check in a word or a sentence.</summary>
    public required IReadOnlyList<VerdictLine> Checks { get; init; }

    /// <summary>Tests that pass.</summary>
    public int Passed { get; init; }

    /// <summary>Tests that are skipped.</summary>
    public int Skipped { get; init; }

    /// <summary>Tests that fail, and failed on the base commit.</summary>
    public NamedTests Known { get; init; } = NamedTests.None;

    /// <summary>Tests that failed on the base commit, and pass.</summary>
    public NamedTests Fixed { get; init; } = NamedTests.None;

    /// <summary>Tests that passed only when they were run again.</summary>
    public NamedTests Flaky { get; init; } = NamedTests.None;

    /// <summary>Tests that are new.</summary>
    public NamedTests NewTests { get; init; } = NamedTests.None;

    /// <summary>Those of them that fail without the change, as a new test should; null where that was not tried.</summary>
    public int? NewTestsThatFailWithout { get; init; }

    /// <summary>How often the gate ran for it.</summary>
    public int GateRuns { get; init; }
}

/// <summary>A check in the verdict.</summary>
public sealed record VerdictLine(string Check, CheckStatus Status, bool Required, string Text);

/// <summary>Tests by name: all are counted, the first are named.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Names">Their names, at most <see cref="NamesMax"/>, each with its check's before it.</param>
public sealed record NamedTests(int Count, IReadOnlyList<string> Names)
{
    /// <summary>How many are named.</summary>
    public const int NamesMax = 200;

    /// <summary>None.</summary>
    public static NamedTests None { get; } = new(0, []);

    /// <summary>Counts tests, and names the first.</summary>
    public static NamedTests Of(IReadOnlyCollection<string> tests)
    {
        ArgumentNullException.ThrowIfNull(tests);
        return new NamedTests(tests.Count, [.. tests.Take(NamesMax)]);
    }
}
