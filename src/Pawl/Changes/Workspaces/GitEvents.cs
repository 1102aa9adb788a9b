using System.Text;
using System.Text.Json;

namespace Pawl.Changes.Workspaces;

/// <summary>A command of git that somebody ran.</summary>
/// <param name="Name">The command: <c>push</c>.</param>
/// <param name="Arguments">What it was given, without the options of git itself.</param>
/// <param name="Mode">Which of several things it did, where it says so: <c>branch</c> or <c>path</c> of a checkout.</param>
/// <param name="WorkTree">The work tree it was run on, as a full path; null where that was none.</param>
/// <param name="ExitCode">How it ended; null where it did not end by itself, or nothing says so.</param>
/// <param name="GitDirectory">The git directory that it named itself, as a full path; null where it named none.</param>
/// <param name="Reached">The addresses elsewhere that it turned to, as git itself wrote them down.</param>
internal sealed record GitCommand(string Name, IReadOnlyList<string> Arguments, string? Mode, string? WorkTree, int? ExitCode, string? GitDirectory, IReadOnlyList<string> Reached);

/// <summary>
/// The events that git writes down of itself where <see cref="Variable"/> names a file, one JSON object a line (git's "trace2", its event format). The program that runs git may turn
/// that off, and may write into the file what it likes: nothing in it makes reading fail.
/// </summary>
internal sealed class GitEvents
{
    /// <summary>The variable that makes git write its events into a file.</summary>
    public const string Variable = "GIT_TRACE2_EVENT";

    private const int FileBytes = 16 * 1024 * 1024;
    private const int LineBytes = 64 * 1024;
    private const int CommandsMax = 20_000;
    private const int ReachedMax = 20; // of each command
    private const int GenerationsMax = 8; // between what was asked for and the process that turns to another place

    private static readonly byte[][] OfUse = [.. ((string[])["start", "cmd_name", "cmd_mode", "def_repo", "child_start", "exit"]).Select(name => Encoding.UTF8.GetBytes($"{{\"event\":\"{name}\""))];

    private readonly Dictionary<string, Process> _processes = new(StringComparer.Ordinal);
    private readonly List<Process> _inOrder = [];

    private GitEvents()
    {
    }

    /// <summary>Whether there was more than is read.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Whether it still begins as <see cref="Begin"/> left it, so that it was neither taken away nor emptied nor replaced.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>The commands that were asked for, in their order; not those that git ran for its own purposes.</summary>
    public IEnumerable<GitCommand> Commands => _inOrder
        .Where(process => process.Name is not null)
        .Select(process => new GitCommand(process.Name!, Arguments(process), process.Mode, process.WorkTree, process.ExitCode, GitDirectory(process), process.Reached));

    private static ReadOnlySpan<byte> Beginning => "{\"event\":\"begin\"}\n"u8;

    /// <summary>Makes the file, which git appends to.</summary>
    public static void Begin(string path) => File.WriteAllBytes(path, Beginning);

    /// <summary>Reads a file of events; without any where there is none.</summary>
    public static GitEvents Read(string path)
    {
        var bytes = LeftFile.Read(path, FileBytes) ?? [];
        var events = new GitEvents { IsCut = bytes.Length == FileBytes, IsWhole = bytes.AsSpan().StartsWith(Beginning) };
        foreach (var line in bytes.AsSpan().Split((byte)'\n'))
        {
            if (bytes.AsSpan(line) is { Length: <= LineBytes } text && IsOfUse(text)) events.Take(bytes.AsMemory(line));
        }

        return events;
    }

    private static bool IsOfUse(ReadOnlySpan<byte> line)
    {
        foreach (var beginning in OfUse)
        {
            if (line.StartsWith(beginning)) return true;
        }

        return false;
    }

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
            case "start": process.Line = Line(line); break;
            case "cmd_name" when IsAskedFor(line): process.Name = line.GetProperty("name").GetString(); break;
            case "cmd_mode": process.Mode ??= line.GetProperty("name").GetString(); break;
            case "def_repo": process.WorkTree ??= FullPath(line.GetProperty("worktree").GetString(), null); break;
            case "child_start" when Address(line.GetProperty("child_class").GetString() ?? "", Line(line)) is { } address: process.Reach(address); break;
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

        var process = new Process(id.LastIndexOf('/') is > 0 and var at ? _processes.GetValueOrDefault(id[..at]) : null);
        _processes.Add(id, process);
        _inOrder.Add(process);
        return process;
    }

    private static string[] Line(JsonElement line) => [.. line.GetProperty("argv").EnumerateArray().Select(argument => argument.GetString() ?? "")];

    // Where git turns to: by ssh, whose last words are the host and "git-receive-pack '/path'", or by a helper such as "git remote-https origin https://…".
    private static string? Address(string kind, string[] line) => line switch
    {
        [.., var host, var command] when kind == "transport/ssh" => command.Split('\'') is [_, var path, ..] ? path.StartsWith('/') ? $"ssh://{host}{path}" : $"{host}:{path}" : host,
        [.., var address] when kind.StartsWith("remote-", StringComparison.Ordinal) => address,
        _ => null,
    };

    private static string[] Arguments(Process process) => Array.IndexOf(process.Line, process.Name, Math.Min(1, process.Line.Length)) is >= 0 and var at ? process.Line[(at + 1)..] : [.. process.Line.Skip(1)];

    private static string? GitDirectory(Process process)
    {
        var at = Array.FindIndex(process.Line, argument => argument.StartsWith("--git-dir", StringComparison.Ordinal));
        if (at < 0) return null;
        return FullPath(process.Line[at].Split('=', 2) is [_, var given] ? given : process.Line.ElementAtOrDefault(at + 1), process.WorkTree);
    }

    // What is no path, or cannot be made a full one, is left out.
    private static string? FullPath(string? path, string? from) =>
        string.IsNullOrEmpty(path) || path.Contains('\0', StringComparison.Ordinal) ? null : Path.IsPathFullyQualified(path) ? Path.GetFullPath(path) : from is null ? null : Path.GetFullPath(path, from);

    private sealed class Process(Process? parent)
    {
        private readonly List<string> _reached = [];

        public IReadOnlyList<string> Reached => _reached;

        public string? Name { get; set; }

        public string[] Line { get; set; } = [];

        public string? Mode { get; set; }

        public string? WorkTree { get; set; }

        public int? ExitCode { get; set; }

        // "pull" has "fetch" do it.
        public void Reach(string address, int generations = GenerationsMax)
        {
            if (_reached.Count < ReachedMax && !_reached.Contains(address)) _reached.Add(address);
            if (generations > 0) parent?.Reach(address, generations - 1);
        }
    }
}
