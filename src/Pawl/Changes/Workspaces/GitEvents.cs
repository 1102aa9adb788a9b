using System.Text.Json;

namespace Pawl.Changes.Workspaces;

/// <summary>A command of git that somebody ran.</summary>
/// <param name="Name">The command: <c>push</c>.</param>
/// <param name="Arguments">What it was given, without the options of git itself.</param>
/// <param name="Mode">Which of several things it did, where it says so: <c>branch</c> or <c>path</c> of a checkout.</param>
/// <param name="WorkTree">The work tree it was run on; null where that was none.</param>
/// <param name="ExitCode">How it ended; null where it did not end by itself.</param>
/// <param name="GitDirectory">The git directory that it named itself; null where it named none.</param>
internal sealed record GitCommand(string Name, IReadOnlyList<string> Arguments, string? Mode, string? WorkTree, int? ExitCode, string? GitDirectory = null);

/// <summary>
/// The events that git writes down of itself where <see cref="Variable"/> names a file, one JSON object a line (git's "trace2", its event format). The program that runs git may turn
/// that off, and may write into the file what it likes.
/// </summary>
internal sealed class GitEvents
{
    /// <summary>The variable that makes git write its events into a file.</summary>
    public const string Variable = "GIT_TRACE2_EVENT";

    private const int FileBytes = 16 * 1024 * 1024;
    private const int LineBytes = 64 * 1024;
    private const int CommandsMax = 20_000;

    private readonly Dictionary<string, Process> _processes = new(StringComparer.Ordinal);
    private readonly List<Process> _inOrder = [];

    private GitEvents()
    {
    }

    /// <summary>Whether there was more than is read.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The commands that were asked for, in their order; not those that git ran for its own purposes.</summary>
    public IEnumerable<GitCommand> Commands => _inOrder.Where(process => process.Name is not null).Select(process => new GitCommand(process.Name!, Arguments(process), process.Mode, process.WorkTree, process.ExitCode, GitDirectory(process)));

    /// <summary>Reads a file of events; without any where there is none.</summary>
    public static GitEvents Read(string path)
    {
        var events = new GitEvents();
        var bytes = LeftFile.Read(path, FileBytes) ?? [];
        events.IsCut = bytes.Length == FileBytes;
        foreach (var line in bytes.AsSpan().Split((byte)'\n'))
        {
            if (IsOfUse(bytes.AsSpan(line))) events.Take(bytes.AsMemory(line));
        }

        return events;
    }

    private static bool IsOfUse(ReadOnlySpan<byte> line) => line.Length <= LineBytes && line.StartsWith("{\"event\":\""u8)
        && line["{\"event\":\"".Length..] is var name && (name.StartsWith("start\""u8) || name.StartsWith("cmd_name\""u8) || name.StartsWith("cmd_mode\""u8) || name.StartsWith("def_repo\""u8) || name.StartsWith("exit\""u8));

    private void Take(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, Json.Strict);
            Take(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // No event of git's, or one with a name that is not UTF-8.
        }
    }

    private void Take(JsonElement line)
    {
        if (Of(line.GetProperty("sid").GetString() ?? "") is not { } process) return;
        switch (line.GetProperty("event").GetString())
        {
            case "start": process.Line = [.. line.GetProperty("argv").EnumerateArray().Select(argument => argument.GetString() ?? "")]; break;
            case "cmd_name" when IsAskedFor(line): process.Name = line.GetProperty("name").GetString(); break;
            case "cmd_mode": process.Mode ??= line.GetProperty("name").GetString(); break;
            case "def_repo": process.WorkTree ??= line.GetProperty("worktree").GetString(); break;
            case "exit" when line.GetProperty("code").TryGetInt32(out var code): process.ExitCode = code; break;
        }
    }

    // "stash/reset" is git's own doing; "_run_dashed_/_run_shell_alias_/push" is what somebody asked for by an alias.
    private static bool IsAskedFor(JsonElement line)
    {
        var parts = (line.GetProperty("hierarchy").GetString() ?? "").Split('/');
        return !parts[^1].StartsWith("_run_", StringComparison.Ordinal) && parts.SkipLast(1).All(part => part.StartsWith("_run_", StringComparison.Ordinal));
    }

    private Process? Of(string id)
    {
        if (_processes.TryGetValue(id, out var known)) return known;
        if (_inOrder.Count == CommandsMax)
        {
            IsCut = true;
            return null;
        }

        var process = new Process();
        _processes.Add(id, process);
        _inOrder.Add(process);
        return process;
    }

    private static string[] Arguments(Process process) => Array.IndexOf(process.Line, process.Name, Math.Min(1, process.Line.Length)) is >= 0 and var at ? process.Line[(at + 1)..] : [.. process.Line.Skip(1)];

    private static string? GitDirectory(Process process)
    {
        var at = Array.FindIndex(process.Line, argument => argument.StartsWith("--git-dir", StringComparison.Ordinal));
        if (at < 0) return null;
        return process.Line[at].Split('=', 2) is [_, var given] ? given : process.Line.ElementAtOrDefault(at + 1);
    }

    private sealed class Process
    {
        public string? Name { get; set; }

        public string[] Line { get; set; } = [];

        public string? Mode { get; set; }

        public string? WorkTree { get; set; }

        public int? ExitCode { get; set; }
    }
}
