using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Pawl.Changes.Sandboxes;

/// <summary>Runs commands on one rung of the ladder; made by <see cref="SandboxLadder"/>, which has tried the rung. Many may run at the same time.</summary>
internal sealed partial class Sandbox(SandboxRung rung, SandboxTools tools, IReadOnlyList<SandboxProbe> probes)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PipePatience = TimeSpan.FromSeconds(5);
    private const int LastLineBytes = 128;

    /// <summary>How well commands are contained.</summary>
    public SandboxRung Rung => rung;

    /// <summary>The escapes that were tried before it was used.</summary>
    public IReadOnlyList<SandboxProbe> Probes => probes;

    /// <summary>What is kept from happening and what is not, for receipts.</summary>
    public string Words => SandboxFinding.Say(rung, probes, hasNetwork: false);

    /// <summary>Runs the command to its end. Returns when nothing of it is left; a cancelled one ends as <see cref="CommandEnd.Cancelled"/>.</summary>
    /// <exception cref="ArgumentException">The command is empty, or its folder does not exist.</exception>
    public async Task<CommandResult> RunAsync(SandboxedCommand command, CancellationToken cancellationToken)
    {
        if (command.Argv.Count == 0 || command.Argv[0].Length == 0) throw new ArgumentException("A command has at least the name of a program.", nameof(command));
        if (!Directory.Exists(command.WorkingDirectory)) throw new ArgumentException($"The folder {command.WorkingDirectory} to run in does not exist.", nameof(command));
        if (cancellationToken.IsCancellationRequested) return NotRun(CommandEnd.Cancelled, "");
        if (Find(command) is not { } program) return NotRun(CommandEnd.NotStarted, $"'{command.Argv[0]}' was not found on PATH.");

        var watch = Stopwatch.StartNew();
        using var home = rung == SandboxRung.Bubblewrap ? null : await SandboxHome.CreateAsync().ConfigureAwait(false);
        var mark = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var variables = SandboxEnvironment.Of(command, mark, home?.Home ?? BubblewrapView.HomeInside, home?.Temporary ?? "/tmp");
        var disk = new DiskWatch([command.WorkingDirectory, .. command.Writable, .. command.WritableCaches, .. home is null ? Array.Empty<string>() : [home.Path]], command.Budget.DiskBytes);
        try
        {
            using var process = await ContainedProcess.StartAsync(Launch.Of(rung, tools, command, program, mark), variables, command.WorkingDirectory).ConfigureAwait(false);
            return await FollowAsync(process, command, mark, disk, watch, cancellationToken).ConfigureAwait(false);
        }
        catch (Win32Exception e)
        {
            return NotRun(CommandEnd.NotStarted, e.Message);
        }
    }

    /// <summary>
    /// Ends what a Pawl that was killed may have left: a sandbox that had only begun to start has nobody yet with whom it would die, git goes on
    /// with what it was told, and on the lowest rung so does what a command started; of that, what emptied its environment is not found.
    /// </summary>
    /// <param name="folder">The folder of a change, which is on the command line or in the environment of all that, and in which nobody else works now.</param>
    public static async Task EndLeftoversAsync(string folder)
    {
        var below = RealPath.Of(folder) + "/";
        var waited = Stopwatch.StartNew();
        // What is ended may just have started another.
        while (ProcessTable.Read().Where(IsLeft).ToList() is { Count: > 0 } left && waited.Elapsed < PipePatience)
        {
            foreach (var entry in left) ProcessTable.Kill(entry);
            await Task.Delay(1).ConfigureAwait(false);
        }

        bool IsLeft(ProcessEntry entry) => entry.IsAlive
            && ((ProcessTable.HasOnCommandLine(entry.Id, "--die-with-parent\0") && ProcessTable.HasOnCommandLine(entry.Id, below)) || ProcessTable.HasInEnvironment(entry.Id, $"GIT_DIR={Path.GetFullPath(folder)}/")
                || (ProcessTable.HasInEnvironment(entry.Id, SandboxEnvironment.Mark + "=") && (ProcessTable.HasInEnvironment(entry.Id, below) || ProcessTable.HasInEnvironment(entry.Id, $"PAWL_CHANGE={Path.GetFileName(folder)}\0"))));
    }

    private async Task<CommandResult> FollowAsync(ContainedProcess process, SandboxedCommand command, string mark, DiskWatch disk, Stopwatch watch, CancellationToken cancellationToken)
    {
        var output = new OutputCapture(command.Budget.OutputBytes);
        var error = new OutputCapture(command.Budget.OutputBytes);
        var pumps = Task.WhenAll(output.DrainAsync(process.Output), error.DrainAsync(process.Error));
        var feed = FeedAsync(process.Input, command.Input);
        var family = new ProcessFamily(process.Root, mark, isLoose: rung == SandboxRung.ProcessGroup);

        var end = await WatchAsync(process, family, command.Budget, disk, watch, cancellationToken).ConfigureAwait(false);
        var hasExited = end == CommandEnd.Exited;
        int? left = hasExited && rung == SandboxRung.ProcessGroup ? await CountLeftAsync(family).ConfigureAwait(false) : 0;
        var survivors = await EndAsync(process, family).ConfigureAwait(false);
        if (end == CommandEnd.Exited && disk.IsOver([])) end = CommandEnd.OverDisk;
        var drained = Task.WhenAll(pumps, feed);
        await Task.WhenAny(drained, Task.Delay(PipePatience, CancellationToken.None)).ConfigureAwait(false);

        var last = LastLine().Match(Encoding.Latin1.GetString(error.End(LastLineBytes)));
        var isOurs = last.Success && last.Groups["mark"].Value == mark;
        var code = hasExited ? process.ExitCode : -1;
        if (rung != SandboxRung.ProcessGroup && code is Launch.LeftAfterSuccess or Launch.LeftAfterFailure)
        {
            // The line only says how many, and how it failed: it may be somebody else's.
            left = isOurs ? Math.Max(1, Number(last, "left")) : null;
            code = code == Launch.LeftAfterSuccess ? 0 : isOurs && Number(last, "code") is > 0 and var failure ? failure : code;
        }

        var said = error.ToOutput(isOurs ? last.Length : 0);
        if (end == CommandEnd.Exited && !isOurs && rung != SandboxRung.ProcessGroup && code != 0 && IsFailureOfSandbox(said.Text)) end = CommandEnd.NotStarted;
        return new CommandResult
        {
            End = end,
            ExitCode = end == CommandEnd.Exited ? code : -1,
            Output = output.ToOutput(),
            Error = said,
            Duration = watch.Elapsed,
            Notes = [.. Notes(left, survivors, isHeld: !drained.IsCompleted), .. FullNotes(said.Text, command.Budget.DiskBytes), .. Cut("output", output), .. Cut("errors", error)],
        };
    }

    private async Task<CommandEnd> WatchAsync(ContainedProcess process, ProcessFamily family, CommandBudget budget, DiskWatch disk, Stopwatch watch, CancellationToken cancellationToken)
    {
        // Bubblewrap and unshare themselves, and the shell that stands above the command.
        var own = rung switch { SandboxRung.Bubblewrap => 3, SandboxRung.Unshare => 2, _ => 0 };
        while (true)
        {
            var remaining = budget.Wall - watch.Elapsed;
            if (remaining <= TimeSpan.Zero) return CommandEnd.TimedOut;
            await Task.WhenAny(process.Exited, Task.Delay(remaining < Poll ? remaining : Poll, cancellationToken)).ConfigureAwait(false);
            if (process.Exited.IsCompleted) return CommandEnd.Exited;
            if (cancellationToken.IsCancellationRequested) return CommandEnd.Cancelled;
            var alive = family.Alive();
            if (alive.Count - own > budget.Processes) return CommandEnd.OverProcesses;
            if (disk.IsOver(alive.Select(entry => entry.Id))) return CommandEnd.OverDisk;
        }
    }

    private static int Number(Match line, string group) => int.Parse(line.Groups[group].Value, CultureInfo.InvariantCulture);

    // As the shell in a namespace counts them: once more a moment later, when there are any.
    private static async Task<int> CountLeftAsync(ProcessFamily family)
    {
        if (family.Alive().Count == 0) return 0;
        await Task.Delay(Launch.LeavingTime).ConfigureAwait(false);
        return family.Alive().Count;
    }

    private static async Task<IReadOnlyList<ProcessEntry>> EndAsync(ContainedProcess process, ProcessFamily family)
    {
        if (!OperatingSystem.IsLinux()) process.KillTree();
        var survivors = await family.EndAsync().ConfigureAwait(false);
        await process.Exited.WaitAsync(PipePatience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return survivors;
    }

    private static async Task FeedAsync(Stream to, string? input)
    {
        try
        {
            await using (to.ConfigureAwait(false))
            {
                if (input is not null) await to.WriteAsync(Encoding.UTF8.GetBytes(input)).ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            // The command ended without reading all of it, which is its own affair.
        }
    }

    // The path that the command names, not what a link leads to: starters look at the name they were called by.
    private static string? Find(SandboxedCommand command)
    {
        var name = command.Argv[0];
        if (!name.Contains('/', StringComparison.Ordinal))
        {
            var path = command.Environment.TryGetValue("PATH", out var given) ? given.Split(':') : SandboxTools.SearchPath();
            return SandboxTools.Locate(name, path.Where(Path.IsPathRooted));
        }

        var full = Path.GetFullPath(name, command.WorkingDirectory);
        return File.Exists(full) ? full : null;
    }

    private static bool IsFailureOfSandbox(string error) =>
        new[] { "bwrap: ", "unshare: ", "setpriv: ", "prlimit: ", "mount: ", "/bin/sh: " }.Any(p => error.StartsWith(p, StringComparison.Ordinal));

    private static IEnumerable<string> Notes(int? left, IReadOnlyList<ProcessEntry> survivors, bool isHeld)
    {
        if (left != 0) yield return string.Create(CultureInfo.InvariantCulture, $"left {(left is null ? "processes" : left == 1 ? "1 process" : $"{left} processes")} behind; {(left == 1 ? "it was" : "they were")} killed");
        if (survivors.Count > 0) yield return $"left processes that could not be killed: {string.Join(", ", survivors.Select(s => s.Id.ToString(CultureInfo.InvariantCulture)))}";
        if (isHeld) yield return "left its output open in another process; what that one writes from here on is not captured";
    }

    // What is written to a temporary file system ends there by itself, and nobody else would say so.
    private IEnumerable<string> FullNotes(string said, long bytes)
    {
        if (rung == SandboxRung.Bubblewrap && said.Contains("No space left on device", StringComparison.Ordinal))
            yield return string.Create(CultureInfo.InvariantCulture, $"said that no space was left; /tmp, /var/tmp, /dev/shm and its home hold {bytes >> 20} MiB each");
    }

    private static IEnumerable<string> Cut(string what, OutputCapture capture)
    {
        if (capture.IsCut) yield return string.Create(CultureInfo.InvariantCulture, $"printed {capture.Bytes:N0} bytes of {what}; the first and last {capture.Half / 1024} KiB are kept");
    }

    private static CommandResult NotRun(CommandEnd end, string why) => new()
    {
        End = end,
        ExitCode = -1,
        Output = CapturedOutput.Empty,
        Error = new CapturedOutput(why, Encoding.UTF8.GetByteCount(why)),
        Duration = TimeSpan.Zero,
    };

    [GeneratedRegex(@"\n(?<mark>[0-9a-f]{32}) left behind: (?<left>[0-9]{1,9}), exit code: (?<code>[0-9]{1,3})\n\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex LastLine();
}
