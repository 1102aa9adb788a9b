namespace Pawl.Changes.Workspaces;

/// <summary>What came of creating a branch in the user's repository.</summary>
internal abstract record BranchOutcome
{
    /// <summary>The branch is new.</summary>
    public sealed record Created : BranchOutcome;

    /// <summary>The branch stood at this very commit already.</summary>
    public sealed record AlreadyThere : BranchOutcome;

    /// <summary>The name is taken: by a branch at another commit, or (null) by one that its name collides with, such as <c>agent</c> and <c>agent/x</c>.</summary>
    public sealed record Taken(string? Commit) : BranchOutcome;
}

/// <summary>What came of pushing a branch.</summary>
internal abstract record PushOutcome
{
    /// <summary>The remote took the commit.</summary>
    public sealed record Pushed : PushOutcome;

    /// <summary>The remote had this very commit already.</summary>
    public sealed record AlreadyThere : PushOutcome;

    /// <summary>The remote said no: the branch stands at another commit there, or a rule of its own forbids the push.</summary>
    public sealed record Refused(string Reason) : PushOutcome;
}
