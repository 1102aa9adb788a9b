namespace Pawl.Changes.Workspaces;

/// <summary>One call of git: its arguments, and the directories and streams it works on.</summary>
internal sealed record GitCall(params IReadOnlyList<string> Arguments)
{
    /// <summary>Bytes of output that one call may give unless it says otherwise: 256 MiB.</summary>
    public const long DefaultOutputBytes = 256L * 1024 * 1024;

    /// <summary>The git directory, named outright so that git never looks for one; null for commands that need none.</summary>
    public string? GitDirectory { get; init; }

    /// <summary>The work tree, which is also the working directory.</summary>
    public string? WorkTree { get; init; }

    /// <summary>The index file in place of the git directory's own.</summary>
    public string? IndexFile { get; init; }

    /// <summary>What git reads on its standard input.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>A stream that git reads as its standard input, in place of <see cref="Input"/>.</summary>
    public Stream? InputStream { get; init; }

    /// <summary>Where the output goes in place of memory.</summary>
    public Stream? OutputStream { get; init; }

    /// <summary>Variables beside those that every call gets.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Bytes of output after which git is stopped.</summary>
    public long OutputBytesMax { get; init; } = DefaultOutputBytes;
}

/// <summary>What a call of git came to.</summary>
internal sealed record GitResult(int ExitCode, byte[] Output, string Error)
{
    /// <summary>The output as text without the line's end.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Output).TrimEnd('\n');
}

/// <summary>git said no, and not for want of space or rights; the message is git's own.</summary>
internal sealed class GitFailedException(string message) : InvalidOperationException(message);
