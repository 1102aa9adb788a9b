namespace Pawl.Changes.Sandboxes;

/// <summary>
/// A command to run in a sandbox, and what it may see there. Paths are absolute. Where two of the folders lie within each other the
/// inner one decides for what is below it; <see cref="Hidden"/> wins over all others at the same place. Folders are only kept from
/// the command on <see cref="SandboxRung.Bubblewrap"/>.
/// </summary>
internal sealed record SandboxedCommand
{
    /// <summary>The program and its arguments; no shell is involved. The program is a path or is looked up on PATH.</summary>
    public required IReadOnlyList<string> Argv { get; init; }

    /// <summary>The tree to work on: the current folder of the command, writable.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Further folders that are writable, such as those for reports.</summary>
    public IReadOnlyList<string> Writable { get; init; } = [];

    /// <summary>Files and folders that can be read although their place is hidden: git objects, the brief, package caches. What does not exist is left out.</summary>
    public IReadOnlyList<string> ReadOnly { get; init; } = [];

    /// <summary>Package caches that the command may fill. For setup only: what comes later would trust what an agent left in them.</summary>
    public IReadOnlyList<string> WritableCaches { get; init; } = [];

    /// <summary>Files and folders that are never seen: Pawl's database, keys and state, the user's own checkout.</summary>
    public IReadOnlyList<string> Hidden { get; init; } = [];

    /// <summary>Variables beside PATH, HOME, TMPDIR, LANG and those that lead tools to their places; nothing of Pawl's own environment gets through.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether the command reaches the network; everything it can read can then leave the machine.</summary>
    public bool Network { get; init; }

    /// <summary>Whether <c>.git</c> in the tree is kept read-only where it exists.</summary>
    public bool GitReadOnly { get; init; } = true;

    /// <summary>What the command reads on standard input; null is an empty input.</summary>
    public string? Input { get; init; }

    /// <summary>What the command may use up.</summary>
    public required CommandBudget Budget { get; init; }
}

/// <summary>What a command may use up before it is ended.</summary>
internal sealed record CommandBudget
{
    /// <summary>Time from start to end.</summary>
    public TimeSpan Wall { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Bytes that are kept of each output stream, half from its beginning and half from its end; more is read and dropped.</summary>
    public long OutputBytes { get; init; } = 512 * 1024;

    /// <summary>Size of one file that the command writes; writing beyond it fails, which usually ends the program.</summary>
    public long FileBytes { get; init; } = 1L << 30;

    /// <summary>Bytes written in all: to the writable folders, and to each temporary file system.</summary>
    public long DiskBytes { get; init; } = 4L << 30;

    /// <summary>Processes at the same time.</summary>
    public int Processes { get; init; } = 512;
}
