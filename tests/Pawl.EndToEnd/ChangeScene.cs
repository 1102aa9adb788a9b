using System.Diagnostics;
using System.Security.Cryptography;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>A git repository with a program that is wrong, tests and a gate, and the command line that lets agents, which are scripts, work on it.</summary>
internal sealed class ChangeScene
{
    /// <summary>An agent that does what the issue asks for.</summary>
    public const string Right = "sed -i 's/- /+ /' add.sh && echo 'I add now.'";

    /// <summary>One that does nothing.</summary>
    public const string Idle = "true";

    private readonly TemporaryFolder _folder;

    public ChangeScene(TemporaryFolder folder, string? database = null)
    {
        _folder = folder;
        Cli = new Cli(folder).With("PAWL_DB", database ?? folder["data/pawl/pawl.db"]).With("PAWL_ACTOR", "os:mara").With("TMPDIR", Directory.CreateDirectory(folder["tmp"]).FullName);
        Where = database ?? folder["data/pawl/pawl.db"];
        Repository = Directory.CreateDirectory(folder["shop"]).FullName;
        Issue = folder.Write("ISSUE.md", "# Add numbers\n\nadd 1 2 is 3; it gives -1.\n");
    }

    public Cli Cli { get; }

    /// <summary>The database: a file, or a connection string.</summary>
    public string Where { get; }

    public string Repository { get; }

    /// <summary>The file of the issue.</summary>
    public string Issue { get; }

    /// <summary>Where Pawl keeps its checkouts.</summary>
    public string Changes => _folder["state/pawl/changes"];

    /// <summary>The repository of most tests: a sum in the shell that subtracts, and a test that says so.</summary>
    public ChangeScene WithSums()
    {
        Write("add.sh", "add() {\n  echo $(($1 - $2))\n}\n");
        Write("tests/run.sh", """
            . ./add.sh
            n=0; bad=0
            is() { n=$((n+1)); if [ "$2" = "$3" ]; then echo "ok $n - $1"; else bad=1; echo "not ok $n - $1"; echo "  ---"; echo "  message: expected $2, got $3"; echo "  ..."; fi; }
            is "nothing and nothing" 0 "$(add 0 0)"
            is "one and two" 3 "$(add 1 2)"
            echo "1..$n"
            exit $bad

            """);
        Write(".pawl/gate.yaml", """
            version: 1
            checks:
              - id: test
                run: ["sh", "tests/run.sh"]
                report: {format: tap}
                timeout: 30s
            protected: [".pawl/**"]
            tests: ["tests/**"]
            limits: {files: 20, attempts: 2, wall: 60s}

            """);
        return Committed();
    }

    /// <summary>Makes a repository of what was written.</summary>
    public ChangeScene Committed()
    {
        Git("init", "-q", "--initial-branch=main");
        Git("add", "-A");
        Git("commit", "-q", "-m", "Sell things");
        Write("notes.txt", "not committed");
        return this;
    }

    public void Write(string path, string text)
    {
        var full = Path.Combine(Repository, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    /// <summary>The words of <c>issue-to-pr</c>.</summary>
    public string[] IssueToPr(string agent, params string[] more) => ["issue-to-pr", Issue, "--repo", Repository, "--agent", agent, .. more];

    /// <summary>The words of <c>self-heal</c>.</summary>
    public string[] SelfHeal(string agent, params string[] more) => ["self-heal", "--repo", Repository, "--agent", agent, .. more];

    /// <summary>Runs the user's own git.</summary>
    public string Git(params string[] arguments) => GitIn(Repository, arguments);

    /// <summary>Runs git in a folder.</summary>
    public static string GitIn(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("git") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-c", "user.name=Mara", "-c", "user.email=mara@shop.invalid", "-c", "commit.gpgsign=false", .. arguments]) start.ArgumentList.Add(argument);
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"git {string.Join(' ', arguments)}: {error.Result}");
        return output.TrimEnd('\n');
    }

    /// <summary>Every byte of the user's checkout and of git's record of it, but for objects and the branches of agents.</summary>
    public string Fingerprint()
    {
        var files = Directory.EnumerateFiles(Repository, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Repository, path))
            .Where(path => !path.StartsWith(".git/objects/", StringComparison.Ordinal) && !path.StartsWith(".git/refs/heads/agent/", StringComparison.Ordinal) && !path.StartsWith(".git/logs/refs/heads/agent/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        return string.Join('\n', files.Select(path => $"{path} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Repository, path))))}"));
    }

    /// <summary>The branches of agents.</summary>
    public IReadOnlyList<string> Branches() => Git("for-each-ref", "--format=%(refname:short)", "refs/heads/agent/").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The first column of what a statement selects.</summary>
    public IReadOnlyList<string> Rows(string sql) => StoredRows.Of(Where, sql);

    /// <summary>Processes whose command line names something of this test, but for Pawl's own.</summary>
    public IReadOnlyList<string> Processes()
    {
        List<string> found = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            try
            {
                var line = File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
                if (line.Contains(_folder.Path, StringComparison.Ordinal)) found.Add(line);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended.
            }
        }

        return found;
    }

    /// <summary>Asserts that there is one proposal, and everything that belongs to it once.</summary>
    public async Task AssertOneProposalAsync(string before, string branch)
    {
        Assert.Equal(before, Fingerprint());
        Assert.Equal([branch], Branches());
        Assert.Equal("1", Git("rev-list", "--count", $"main..{branch}"));
        Assert.Contains("$1 + $2", Git("show", $"{branch}:add.sh"), StringComparison.Ordinal);
        Assert.Empty(Rows("select key from receipts where ok = 1 group by key having count(*) > 1"));
        Assert.Empty(Rows("select ref from receipts i where kind = 'intent' and not exists (select 1 from receipts r where r.key = i.key and r.ok = 1)"));
        Assert.Equal(["AGENT", "BRANCH", "GATE", "GATE", "GATE", "PROPOSAL", "START"], Rows("select ref from receipts where ok = 1").Select(name => name.Split('-')[0]).Order());
        Assert.Equal([Git("rev-parse", branch)], Rows("select document from changes").Select(Member("commit")));
        Assert.All(Rows("select document from changes"), document => Assert.NotEqual("", Member("ended_at")(document)));
        var run = await Cli.JsonAsync("run", "show", Member("run")(Rows("select document from changes")[0]));
        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(["attempt", "propose"], run.GetProperty("decisions").EnumerateArray().Select(decision => decision.GetProperty("chosen_option_id").GetString()));
        var verified = await Cli.RunAsync("ledger", "verify");
        Assert.True(verified.ExitCode == 0, verified.Output + verified.Error);
        Assert.Equal(["lock", "proposal.md"], Directory.EnumerateFileSystemEntries(Assert.Single(Directory.GetDirectories(Changes))).Select(Path.GetFileName).Order());
        await Eventually.Holds(() => Processes().Count == 0, "no process of the change was left");
    }

    /// <summary>A member of a JSON object as text; empty where it is null.</summary>
    public static Func<string, string> Member(string name) => document => System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(document).GetProperty(name).ToString();
}
