using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pawl.Changes;
using Pawl.Ledger;
using Pawl.Runs;
using Pawl.Storage;

namespace Pawl.Benchmarks;

/// <summary>What the scripted agent changes.</summary>
internal enum Edit
{
    /// <summary>The program only.</summary>
    Fix,

    /// <summary>The program, and a remark in the tests.</summary>
    FixAndTests,

    /// <summary>The program, and a test that is new.</summary>
    FixAndNewTest,
}

/// <summary>
/// A git repository of so many files with a bug in it, a scripted agent that mends it, and a gate that tests it; both count for a while before they do so,
/// because an agent and a gate that take no time are no measure. Everything else is the real thing: git, sandbox, database, ledger.
/// </summary>
internal sealed class ChangeStage : IAsyncDisposable
{
    private const int FileBytes = 1024;
    private const int Counts = 2_000_000; // about two seconds of a shell

    private readonly ScratchFolder _folder = new();
    private readonly Database _database;
    private readonly RunRecorder _recorder;
    private readonly LedgerKey _key;
    private readonly ChangeServices _services;

    public ChangeStage(int files)
    {
        Repository = Directory.CreateDirectory(_folder.File("repository")).FullName;
        WriteFiles(files);
        Git("init", "-q", "--initial-branch=main");
        Git("add", "-A");
        Commit();
        _database = Database.Open(_folder.File("pawl.db"));
        _recorder = new RunRecorder(_database, _database.Runs, new RunRecorderOptions { SpillDirectory = _folder.File("spill") });
        KeyFile.Create(_folder.File("key"));
        _key = LedgerKey.Load(_folder.File("key"), "bench");
        var checkpoints = new LedgerCheckpoints(_database, _database.Ledger, _key, new CheckpointFile(_folder.File("checkpoints")));
        _services = new ChangeServices
        {
            Store = _database,
            Changes = _database.Changes,
            Receipts = _database.Ledger,
            SignAsync = async token => await checkpoints.MakeAsync(token) is CheckpointOutcome.Made made ? made.Checkpoint : null,
            Recorder = _recorder,
            Folder = Folder("state"),
            Hidden = [_folder.File("pawl.db"), _folder.File("key")],
            Time = TimeProvider.System,
            Actor = "os:bench",
        };
    }

    public string Repository { get; }

    /// <summary>A folder beside the repository; it need not exist.</summary>
    public string Folder(string name) => _folder.File(name);

    /// <summary>A commit more, so that nothing is known of the base.</summary>
    public void Commit() => Git("commit", "-q", "--allow-empty", "-m", "Go on");

    /// <summary>Goes from an issue to a proposal.</summary>
    public async Task<PlayedChange> PlayAsync(Edit edit, int lanes = 1)
    {
        var basesRuns = 0;
        var start = Stopwatch.GetTimestamp();
        var change = await ChangeWork.RunAsync(
            _services with { Watch = progress => basesRuns += progress is { Step: "base", Status: null } ? 1 : 0 },
            new ChangeRequest
            {
                Purpose = ChangePurpose.Issue,
                Folder = Repository,
                Issue = new StoredIssue("Add numbers", "add 1 2 is 3; it gives -1.", "issue.md", [], null),
                Agent = new AgentSettings { Name = "scripted", Command = ["sh", "-c", Agent(edit)] },
                Lanes = lanes,
            },
            CancellationToken.None);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (change.Status != ChangeStatus.Proposed) throw new InvalidOperationException($"The change was {change.Status}: {change.Why}");
        Git("branch", "-q", "-D", change.Branch);
        return new PlayedChange(seconds, basesRuns + change.Winner!.Clean!.GateRuns, change.Sandbox.ToString());
    }

    /// <summary>The same commands without Pawl, in a plain worktree that is there already: seconds for the agent once and the gate so many times.</summary>
    public double Directly(Edit edit, int gateRuns)
    {
        var tree = Folder("plain");
        if (!Directory.Exists(tree)) Git("worktree", "add", "-q", "--detach", tree);
        CommandLine.Run("git", tree, "reset", "-q", "--hard");
        var start = Stopwatch.GetTimestamp();
        CommandLine.Run("sh", tree, "-c", Agent(edit));
        for (var i = 0; i < gateRuns; i++) CommandLine.Run("sh", tree, "tests/run.sh");
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Runs the user's own git in the repository.</summary>
    public void Git(params string[] arguments) => CommandLine.Run("git", Repository, ["-c", "user.name=Bench", "-c", "user.email=bench@localhost", .. arguments]);

    public async ValueTask DisposeAsync()
    {
        await _recorder.DisposeAsync();
        await _database.DisposeAsync();
        _key.Dispose();
        _folder.Dispose();
    }

    private void WriteFiles(int files)
    {
        Write(".pawl/gate.yaml", """
            version: 1
            checks:
              - id: test
                run: ["sh", "tests/run.sh"]
                report: {format: tap}
                timeout: 5m
            protected: [".pawl/**"]
            tests: ["tests/**"]
            limits: {attempts: 1, wall: 10m}
            """);
        Write("AGENTS.md", "Keep to POSIX sh.\n");
        Write("add.sh", "add() {\n  echo $(($1 - $2))\n}\n");
        Write("tests/run.sh", $$"""
            {{Count}}
            . ./add.sh
            tests=0; bad=0
            is() { tests=$((tests + 1)); if [ "$2" = "$3" ]; then echo "ok $tests - $1"; else bad=1; echo "not ok $tests - $1"; fi; }
            . ./tests/add.test.sh
            echo "1..$tests"
            exit $bad

            """);
        Write("tests/add.test.sh", "is \"two and nothing\" 2 \"$(add 2 0)\"\n");
        for (var i = 5; i < files; i++) Write(string.Create(CultureInfo.InvariantCulture, $"src/{i / 1000}/{i / 50}/file{i}.txt"), Filler(i));
    }

    private void Write(string path, string text)
    {
        var full = Path.Combine(Repository, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    private static string Filler(int number)
    {
        var text = new StringBuilder();
        for (var line = 0; text.Length < FileBytes; line++) text.Append(CultureInfo.InvariantCulture, $"file {number}, line {line}: nothing to see here\n");
        return text.ToString();
    }

    private static string Count => string.Create(CultureInfo.InvariantCulture, $"i=0; while [ $i -lt {Counts} ]; do i=$((i + 1)); done");

    private static string Agent(Edit edit) => $"{Count}; printf 'add() {{\\n  echo $(($1 + $2))\\n}}\\n' > add.sh; " + edit switch
    {
        Edit.Fix => "",
        Edit.FixAndTests => "echo '# add is of two numbers' >> tests/add.test.sh; ",
        _ => "echo 'is \"one and two\" 3 \"$(add 1 2)\"' >> tests/add.test.sh; ",
    } + "echo 'I add now.'";
}

/// <summary>What came of a change.</summary>
/// <param name="Seconds">Wall time.</param>
/// <param name="GateRuns">How often the gate ran, on the base commit as well.</param>
/// <param name="Rung">The rung of the sandbox.</param>
internal sealed record PlayedChange(double Seconds, int GateRuns, string Rung);

/// <summary>Commands without Pawl.</summary>
internal static class CommandLine
{
    /// <summary>Runs one to its end; what it prints is read and dropped.</summary>
    public static void Run(string program, string folder, params IReadOnlyList<string> arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        using var process = Process.Start(info)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error.Result}");
    }
}
