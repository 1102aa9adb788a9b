using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>Real repositories with the tools of their languages: from an issue in a file, or from a red gate, to a proposal on a branch.</summary>
public sealed class ChangeRepositoriesTests : IDisposable
{
    private const string Limits = "limits: {attempts: 1, wall: 5m}\n";

    private readonly TemporaryFolder _folder = new();
    private readonly ChangeScene _scene;

    public ChangeRepositoriesTests() => _scene = new ChangeScene(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Node_TestsInTap_EndsWithAProposal()
    {
        Require("node", "npm");
        _scene.Write("package.json", """{"name": "shop", "version": "1.0.0", "scripts": {"test": "node --test"}}""");
        _scene.Write(".gitignore", "node_modules/\n");
        _scene.Write("sum.js", "exports.sum = (a, b) => a - b;\n");
        _scene.Write("test/sum.test.js", """
            const { test } = require('node:test');
            const assert = require('node:assert');
            const { sum } = require('../sum.js');
            test('one and two', () => assert.strictEqual(sum(1, 2), 3));
            test('nothing and nothing', () => assert.strictEqual(sum(0, 0), 0));

            """);
        await DraftAndHealAsync("sed -i 's/a - b/a + b/' sum.js", "sum.js", "a + b", passed: 1, failed: 1);
    }

    [Fact]
    public async Task Python_TestsOfTheStandardLibrary_EndsWithAProposal()
    {
        Require("python3");
        _scene.Write(".gitignore", "__pycache__/\n");
        _scene.Write("shop/__init__.py", "");
        _scene.Write("shop/sums.py", "def add(a, b):\n    return a - b\n");
        _scene.Write("tests/__init__.py", "");
        _scene.Write("tests/test_sums.py", """
            import unittest
            from shop.sums import add

            class Sums(unittest.TestCase):
                def test_one_and_two(self):
                    self.assertEqual(3, add(1, 2))

            """);
        await DraftAndHealAsync("sed -i 's/a - b/a + b/' shop/sums.py", "shop/sums.py", "a + b", passed: 0, failed: 0);
    }

    [Fact]
    public async Task Pytest_TestsInJUnit_EndsWithAProposal()
    {
        _scene.Cli.With("PATH", $"/usr/bin:{Environment.GetEnvironmentVariable("PATH")}"); // where Debian's Python is, to which Debian's pytest belongs
        if ((await _scene.Cli.ShellAsync("python3 -m pytest --version")).ExitCode != 0) Assert.Skip("There is no pytest here.");
        _scene.Write(".gitignore", "__pycache__/\n");
        _scene.Write("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = [\".\"]\n");
        _scene.Write("sums.py", "def add(a, b):\n    return a - b\n");
        _scene.Write("tests/test_sums.py", "from sums import add\n\ndef test_one_and_two():\n    assert add(1, 2) == 3\n\ndef test_nothing():\n    assert add(0, 0) == 0\n");
        await DraftAndHealAsync("sed -i 's/a - b/a + b/' sums.py", "sums.py", "a + b", passed: 1, failed: 1);
    }

    [Fact]
    public async Task DotNet_TestsInTap_EndsWithAProposal()
    {
        if (!LongRun.Enabled) Assert.Skip("Builds in every checkout are for the long run.");
        _scene.Write(".gitignore", "bin/\nobj/\n");
        _scene.Write("Sums.cs", "internal static class Sums\n{\n    public static int Add(int a, int b) => a - b;\n}\n");
        _scene.Write("gate/gate.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <UseAppHost>false</UseAppHost>
              </PropertyGroup>
              <ItemGroup>
                <Compile Include="../Sums.cs" />
              </ItemGroup>
            </Project>

            """);
        _scene.Write("gate/Program.cs", """
            System.Console.WriteLine("1..1");
            System.Console.WriteLine(Sums.Add(1, 2) == 3 ? "ok 1 - one and two" : $"not ok 1 - one and two\n  ---\n  message: expected 3, got {Sums.Add(1, 2)}\n  ...");

            """);
        _scene.Write(".pawl/gate.yaml", Gate("gate", "gate/**"));
        _scene.Committed();
        await ProposeAsync(_scene.IssueToPr("sed -i 's/a - b/a + b/' Sums.cs"), "agent/add-numbers", "Sums.cs", "a + b");
    }

    [Fact]
    public async Task ThisRepository_ABugThatWasPlanted_EndsWithAProposal()
    {
        if (!LongRun.Enabled) Assert.Skip("A clone of this repository and builds in it are for the long run.");
        Directory.Delete(_scene.Repository);
        ChangeScene.GitIn(_folder.Path, "clone", "-q", Repository.Root, _scene.Repository);
        const string Path = "src/Pawl/Changes/Tampering/GlobSet.cs";
        var right = _scene.Git("show", $"HEAD:{Path}");
        _scene.Write(Path, right.Replace("case '?': Add(\"[^/]\", 1)", "case '?': Add(\".\", 1)", StringComparison.Ordinal) + "\n");
        // A part of its own tests that takes seconds, with packages from the cache, without network.
        _scene.Write("gate/Directory.Build.props", "<Project />\n");
        _scene.Write("gate/Directory.Packages.props", "<Project />\n");
        _scene.Write("gate/gate.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="xunit.v3" Version="XUNIT" />
                <Compile Include="../src/Pawl/Changes/Tampering/GlobSet.cs;../src/Pawl/ShortText.cs;../src/Pawl/Limits.cs;../src/Pawl/Errors.cs" />
                <Compile Include="../tests/Pawl.Tests/Changes/Tampering/GlobSetTests.cs" />
              </ItemGroup>
            </Project>

            """.Replace("XUNIT", typeof(FactAttribute).Assembly.GetName().Version!.ToString(3), StringComparison.Ordinal));
        _scene.Write(".pawl/gate.yaml", $$"""
            version: 1
            setup: [["dotnet", "build", "gate"]]
            checks:
              - id: test
                run: ["dotnet", "run", "--project", "gate", "--", "-trx", "{reports}/tests.trx"]
                requires: ["dotnet"]
                report: {format: trx, path: "*.trx"}
                timeout: 5m
            protected: [".pawl/**"]
            tests: ["gate/**", "tests/**"]
            {{Limits}}
            """);
        _scene.Git("checkout", "-q", "-B", "main");
        _scene.Git("add", "-A");
        _scene.Git("commit", "-q", "-m", "Match paths");
        var issue = _folder.Write("ISSUE.md", "# A question mark is no slash\n\nThe pattern `a?c` must not match the path `a/c`.\n");
        string[] words = ["--repo", _scene.Repository, "--agent", $"sed -i \"/case '?'/s/\\\"[.]\\\"/\\\"[^\\/]\\\"/\" {Path}"];

        await ProposeAsync(["issue-to-pr", issue, .. words], "agent/a-question-mark-is-no-slash", Path, "case '?': Add(\"[^/]\", 1)");
        await ProposeAsync(["self-heal", .. words], "agent/self-heal", Path, "case '?': Add(\"[^/]\", 1)");
        Assert.Equal(right, _scene.Git("show", $"agent/self-heal:{Path}"));
    }

    // As a person would: draft a gate, try it, commit it; then an issue, and then the red gate.
    private async Task DraftAndHealAsync(string agent, string path, string wanted, int passed, int failed)
    {
        _scene.Committed();
        File.Delete(Path.Combine(_scene.Repository, "notes.txt"));
        var init = await _scene.Cli.RunAsync("gate", "init", "--repo", _scene.Repository);
        Assert.True(init.ExitCode == 0, init.Error);
        var red = await _scene.Cli.RunAsync("--json", "gate", "run", "--repo", _scene.Repository);
        Assert.True(red.ExitCode == 1, red.Output + red.Error);
        var check = red.Json.GetProperty("checks")[0];
        Assert.True(check.GetProperty("passed").GetInt32() == passed && check.GetProperty("failed").GetInt32() == failed, red.Output);
        Assert.Contains("one_and_two", red.Output.Replace(' ', '_'), StringComparison.Ordinal);
        _scene.Git("add", "-A");
        _scene.Git("commit", "-q", "-m", "Agree on a gate");

        await ProposeAsync(_scene.SelfHeal(agent), "agent/self-heal", path, wanted);
        // What a gate without test ids says of the base commit tells no failure from another: an issue needs a green base there.
        if (failed > 0) await ProposeAsync(_scene.IssueToPr(agent), "agent/add-numbers", path, wanted);
        _scene.Git("merge", "-q", "--ff-only", "agent/self-heal");
        var green = await _scene.Cli.RunAsync("gate", "run", "--repo", _scene.Repository);
        Assert.True(green.ExitCode == 0, green.Output + green.Error);
        if (failed > 0) return;
        await ProposeAsync(_scene.IssueToPr($"echo >> {path}"), "agent/add-numbers", path, wanted);
    }

    private async Task ProposeAsync(string[] words, string branch, string path, string wanted)
    {
        var before = _scene.Fingerprint();

        var ended = await _scene.Cli.RunAsync(words);

        Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);
        Assert.Equal(before, _scene.Fingerprint());
        Assert.Contains(wanted, _scene.Git("show", $"{branch}:{path}"), StringComparison.Ordinal);
        Assert.Equal(path, _scene.Git("diff", "--name-only", $"main..{branch}"));
        Assert.Equal(0, (await _scene.Cli.RunAsync("ledger", "verify")).ExitCode);
    }

    private static string Gate(string project, string tests) => $$"""
        version: 1
        setup: [["dotnet", "restore", "{{project}}"]]
        checks:
          - id: test
            run: ["dotnet", "run", "--no-restore", "--project", "{{project}}"]
            requires: ["dotnet"]
            report: {format: tap}
            timeout: 5m
        protected: [".pawl/**"]
        tests: ["{{tests}}"]
        {{Limits}}
        """;

    private static void Require(params string[] tools)
    {
        foreach (var tool in tools)
        {
            if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, tool)))) Assert.Skip($"There is no {tool} here.");
        }
    }
}
