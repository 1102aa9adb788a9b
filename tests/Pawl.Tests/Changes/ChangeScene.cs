using System.Diagnostics;
using Pawl.Changes;
using Pawl.Changes.Sandboxes;
using Pawl.Changes.Tampering;
using Pawl.Ledger;
using Pawl.Runs;
using Pawl.Storage;
using Pawl.Tests.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes;

/// <summary>
/// A real git repository with a small program, its tests in the shell (TAP) and a gate; agents are scripts. What runs is the real thing: git, sandbox,
/// processes, database, ledger.
/// </summary>
internal sealed class ChangeScene : IAsyncDisposable
{
    public const string Right = "printf 'add() {\\n  echo $(($1 + $2))\\n}\\n' > add.sh; echo 'I add now.'";

    private readonly TemporaryFolder _folder = new();
    private readonly RunRecorder _recorder;
    private readonly LedgerKey _key;

    public ChangeScene(SandboxRung? rung = null, string? limits = null, string? checks = null, string? where = null)
    {
        Repository = Directory.CreateDirectory(_folder["shop"]).FullName;
        Gate = $$"""
            version: 1
            {{checks ?? """
            checks:
              - id: test
                run: ["sh", "tests/run.sh"]
                report: {format: tap}
                timeout: 20s
            """}}
            protected: [".pawl/**", "AGENTS.md"]
            tests: ["tests/**"]
            limits: {{limits ?? "{files: 20, patch_kb: 64, attempts: 1, wall: 20s, output_kb: 64, disk_mb: 64, processes: 64}"}}
            """;
        Write(".pawl/gate.yaml", Gate);
        Write("AGENTS.md", "Keep to POSIX sh.\n");
        Write(".github/workflows/ci.yml", "on: push\n");
        Write("add.sh", "add() {\n  echo $(($1 - $2))\n}\n");
        Write("tests/run.sh", """
            cd "$(dirname "$0")/.." || exit 1
            . ./add.sh
            n=0; bad=0
            is() { n=$((n+1)); if [ "$2" = "$3" ]; then echo "ok $n - $1"; else bad=1; echo "not ok $n - $1"; echo "  ---"; echo "  message: expected $2, got $3"; echo "  ..."; fi; }
            skip() { n=$((n+1)); echo "ok $n - $1 # SKIP"; }
            for file in tests/*.test.sh; do . "./$file"; done
            echo "1..$n"
            exit $bad

            """);
        Write("tests/add.test.sh", "is \"nothing and nothing\" 0 \"$(add 0 0)\"\nis \"two and nothing\" 2 \"$(add 2 0)\"\n");
        Write("tests/more.test.sh", "is \"five and nothing\" 5 \"$(add 5 0)\"\n");
        Git("init", "-q", "--initial-branch=main");
        Git("add", "-A");
        Git("commit", "-q", "-m", "Add things");
        Database = Database.Open(where ?? _folder["data/pawl.db"]);
        Directory.CreateDirectory(_folder["data"]);
        _recorder = new RunRecorder(Database, Database.Runs, new RunRecorderOptions { SpillDirectory = _folder["data/spill"] });
        KeyFile.Create(_folder["data/ledger.pem"]);
        _key = LedgerKey.Load(_folder["data/ledger.pem"], "host");
        var checkpoints = new LedgerCheckpoints(Database, Database.Ledger, _key, new CheckpointFile(_folder["data/checkpoints"]));
        Services = new ChangeServices
        {
            Store = Database,
            Changes = Database.Changes,
            Receipts = Database.Ledger,
            SignAsync = async token => await checkpoints.MakeAsync(token) is CheckpointOutcome.Made made ? made.Checkpoint : null,
            Recorder = _recorder,
            Folder = _folder["state/changes"],
            Hidden = [_folder["data"]],
            Time = TimeProvider.System,
            Actor = "os:mara",
            ChooseSandboxAsync = rung is { } wanted ? (_, _) => Rungs.TakeAsync(wanted) : SandboxLadder.ChooseAsync,
        };
    }

    public Database Database { get; }

    public ChangeServices Services { get; set; }

    public string Repository { get; }

    public string Gate { get; }

    public string Folder => _folder.Path;

    public StoredIssue Issue { get; } = new("Add numbers", "add 1 2 is 3; it gives -1.", "issue.md", [], null);

    public static AgentSettings Agent(string script) => new() { Name = "scripted", Command = ["sh", "-c", script] };

    public void Write(string path, string text)
    {
        var full = Path.Combine(Repository, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    public void Commit(string message)
    {
        Git("add", "-A");
        Git("commit", "-q", "-m", message);
    }

    public ChangeRequest Request(string script, ChangePurpose purpose = ChangePurpose.Issue, params FindingKind[] allowed) => new()
    {
        Purpose = purpose,
        Folder = Repository,
        Issue = purpose == ChangePurpose.Issue ? Issue : null,
        Agent = Agent(script),
        Allowed = allowed,
    };

    public Task<Change> RunAsync(string script, ChangePurpose purpose = ChangePurpose.Issue, params FindingKind[] allowed) =>
        ChangeWork.RunAsync(Services, Request(script, purpose, allowed), TestContext.Current.CancellationToken);

    public Task<Change> RunAsync(ChangeRequest request) => ChangeWork.RunAsync(Services, request, TestContext.Current.CancellationToken);

    /// <summary>Runs the user's own git.</summary>
    public string Git(params string[] arguments) => GitIn(Repository, arguments);

    public static string GitIn(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("git") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] identity = ["-c", "user.name=Mara", "-c", "user.email=mara@shop.invalid", "-c", "commit.gpgsign=false"];
        foreach (var argument in identity.Concat(arguments)) start.ArgumentList.Add(argument);
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"git {string.Join(' ', arguments)}: {error.Result}");
        return output.TrimEnd('\n');
    }

    /// <summary>What a branch's file holds.</summary>
    public string Show(string branch, string path) => Git("show", $"{branch}:{path}");

    /// <summary>Everything of the user's that no change may touch: branch, index, stash, files; not the branches of agents.</summary>
    public string Fingerprint() => string.Join('\n', Git("status", "--porcelain=v2", "--branch"), Git("stash", "list"), string.Join('\n', Git("for-each-ref").Split('\n').Where(line => !line.Contains("refs/heads/agent/", StringComparison.Ordinal))), File.ReadAllText(Path.Combine(Repository, ".git/config")), File.ReadAllText(Path.Combine(Repository, ".git/HEAD")), string.Join('\n', Directory.EnumerateFiles(Path.Combine(Repository, ".git/hooks"))));

    /// <summary>The receipts of a change, oldest first.</summary>
    public IReadOnlyList<Receipt> Receipts(Change change) => [.. Database.Ledger.Read(view => view.List(new LedgerQuery(Subject: $"change:{change.Id}", Limit: 1000))).OrderBy(receipt => receipt.Seq)];

    public async ValueTask DisposeAsync()
    {
        await _recorder.DisposeAsync();
        await Database.DisposeAsync();
        _key.Dispose();
        _folder.Dispose();
    }
}
