namespace Pawl.Changes.Workspaces;

/// <summary>Who an author or a committer is.</summary>
internal sealed record GitIdentity(string Name, string Email);

/// <summary>How a file differs between two trees.</summary>
internal enum ChangeKind
{
    Added,
    Modified,
    Deleted,
    TypeChanged,
}

/// <summary>A file that differs between two trees. Modes and blobs are null on the side where it does not exist; lines are 0 in binary files.</summary>
internal sealed record ChangedFile(
    string Path, ChangeKind Kind, string? OldMode, string? NewMode, string? OldBlob, string? NewBlob, long AddedLines, long RemovedLines, bool IsBinary);

/// <summary>What differs between two trees, and how many bytes the patch has.</summary>
internal sealed record TreeDiff(IReadOnlyList<ChangedFile> Files, long PatchBytes);

/// <summary>A worktree's files as a tree, and what was left out of it.</summary>
internal sealed record TreeSnapshot(string Tree, IReadOnlyList<WorkspaceFault> Faults);

/// <summary>Something in a worktree that no proposal may hold; it is not in the snapshot's tree.</summary>
internal sealed record WorkspaceFault(FaultKind Kind, string Path, string Detail);

/// <summary>Why something was left out of a snapshot.</summary>
internal enum FaultKind
{
    /// <summary>A repository within the worktree, or a change to what a submodule stands for.</summary>
    NestedRepository,

    /// <summary>A symlink to a place outside the tree, or into a git directory.</summary>
    LeavingSymlink,

    /// <summary>A name that git refuses, such as <c>.GIT</c>, or that is not UTF-8.</summary>
    RefusedName,

    /// <summary>A pipe, a socket or a device.</summary>
    SpecialFile,

    /// <summary>A file or folder that could not be read; where the tree had it before, it still has it as it was.</summary>
    Unreadable,

    /// <summary>The worktree's folder itself is gone or is a symlink; the snapshot's tree is the one that was checked out.</summary>
    WorktreeReplaced,
}

/// <summary>A folder with the files of a tree. The agent may do with it what it wants, its <c>.git</c> included.</summary>
/// <param name="Folder">Absolute path.</param>
/// <param name="Tree">The tree that was checked out.</param>
/// <param name="ObjectFolders">Where the objects of its <c>.git</c> are, if it has one: to be readable in a sandbox, never writable.</param>
internal sealed record Worktree(string Folder, string Tree, IReadOnlyList<string> ObjectFolders);
