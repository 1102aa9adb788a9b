namespace Pawl.Changes.Sandboxes;

/// <summary>How a command came to its end.</summary>
public enum CommandEnd
{
    /// <summary>By itself; its exit code tells the rest (128 + n after signal n).</summary>
    Exited,

    /// <summary>It was ended when its time was up.</summary>
    TimedOut,

    /// <summary>It was ended because it filled the disk.</summary>
    OverDisk,

    /// <summary>It was ended because it started too many processes.</summary>
    OverProcesses,

    /// <summary>It was ended because the caller asked for that.</summary>
    Cancelled,

    /// <summary>It never ran; <see cref="CommandResult.Error"/> says why.</summary>
    NotStarted,
}

/// <summary>What became of a sandboxed command. When it is returned no process of the command is left, or a note says so.</summary>
internal sealed record CommandResult
{
    /// <summary>How it ended.</summary>
    public required CommandEnd End { get; init; }

    /// <summary>The exit code where it ended by itself, else -1.</summary>
    public required int ExitCode { get; init; }

    /// <summary>What it wrote to standard output.</summary>
    public required CapturedOutput Output { get; init; }

    /// <summary>What it wrote to standard error.</summary>
    public required CapturedOutput Error { get; init; }

    /// <summary>Time from start until nothing of it was left.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>What a person should know beside that: processes that were left behind, output that was dropped.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>
/// What a process wrote to one stream. <paramref name="Text"/> holds beginning and end with a line between them that says what was
/// left out; invalid UTF-8 is replaced, NUL characters are dropped. <paramref name="Bytes"/> counts all that was written.
/// </summary>
internal sealed record CapturedOutput(string Text, long Bytes)
{
    /// <summary>Nothing was written.</summary>
    public static CapturedOutput Empty { get; } = new("", 0);
}
