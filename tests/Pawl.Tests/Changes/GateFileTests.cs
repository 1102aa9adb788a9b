using System.Text;
using Pawl.Changes;
using Pawl.Changes.Reports;
using Xunit;

namespace Pawl.Tests.Changes;

public sealed class GateFileTests
{
    private const string Check = "checks: [{id: t, run: [sh, t.sh]}]";

    [Fact]
    public void Read_AFullFile_HasWhatItSays()
    {
        var gate = Read("""
            version: 1
            setup: [["dotnet", "restore"]]
            checks:
              - id: test
                run: ["dotnet", "test", "--logger", "trx"]
                requires: ["dotnet"]
                timeout: 90s
                report: {format: trx, path: "**/*.trx"}
                network: allow
                must_not_modify: false
                flaky_attempts: 2
                required: true
              - {id: lint, run: [lint], required: false}
            protected: [".github/**", "AGENTS.md"]
            tests: ["tests/**"]
            limits: {files: 7, patch_kb: 8, attempts: 9, wall: 2h, output_kb: 10, disk_mb: 11, processes: 12}
            """);

        var check = gate.Checks[0];
        Assert.Equal(["dotnet", "restore"], gate.Setup[0]);
        Assert.Equal(("test", TimeSpan.FromSeconds(90), ReportFormat.Trx, "**/*.trx", true, false, 2, true), (check.Id, check.Timeout, check.Format, check.ReportPath, check.Network, check.MustNotModify, check.FlakyAttempts, check.Required));
        Assert.Equal((7, 8, 9, TimeSpan.FromHours(2), 10, 11, 12), (gate.Limits.Files, gate.Limits.PatchKilobytes, gate.Limits.Attempts, gate.Limits.Wall, gate.Limits.OutputKilobytes, gate.Limits.DiskMegabytes, gate.Limits.Processes));
        Assert.True(gate.Protected.Matches(".github/a/b.yml") && gate.Tests.Matches("tests/x") && !gate.Tests.Matches("src/tests.cs"));
    }

    [Fact]
    public void Read_OnlyACheck_HasTheDefaults()
    {
        var gate = Read($"version: 1\n{Check}\n");

        var check = gate.Checks[0];
        Assert.Equal((TimeSpan.FromMinutes(15), ReportFormat.Text, false, true, 0, true), (check.Timeout, check.Format, check.Network, check.MustNotModify, check.FlakyAttempts, check.Required));
        Assert.Equal(new GateLimits(), gate.Limits);
    }

    [Fact]
    public void Digest_OfTheSameMeaning_IsTheSame()
    {
        Assert.Equal(Read($"version: 1\n{Check}\n").Digest, Read("{\"checks\": [{\"run\": [\"sh\", \"t.sh\"], \"id\": \"t\"}], \"version\": 1}").Digest);
        Assert.NotEqual(Read($"version: 1\n{Check}\n").Digest, Read($"version: 1\n{Check}\ntests: [a]\n").Digest);
    }

    [Theory]
    [InlineData("checks: [{id: t, run: [sh]}]", "\"version\" is missing")]
    [InlineData("version: 2\nchecks: [{id: t, run: [sh]}]", "$.version: this Pawl reads version 1")]
    [InlineData("version: 1", "\"checks\" is missing or empty")]
    [InlineData("version: 1\nchecks: []", "\"checks\" is missing or empty")]
    [InlineData("version: 1\nchecks: [{run: [sh]}]", "$.checks[0]: \"id\" is missing")]
    [InlineData("version: 1\nchecks: [{id: t}]", "\"run\" is missing")]
    [InlineData("version: 1\nchecks: [{id: t, run: sh tests.sh}]", "$.checks[0].run: expected an array")]
    [InlineData("version: 1\nchecks: [{id: t, run: []}]", "expected a command as a list")]
    [InlineData("version: 1\nchecks: [{id: t, run: [sh], requierd: false}]", "$.checks[0].requierd: is unknown")]
    [InlineData("version: 1\nchecks: [{id: t, run: [sh], timeout: 15}]", "$.checks[0].timeout: expected a string")]
    [InlineData("version: 1\nchecks: [{id: t, run: [sh], timeout: 0s}]", "at most 24h, and more than none")]
    [InlineData("version: 1\nchecks: [{id: t, run: [sh], timeout: 25h}]", "at most 24h")]
    [InlineData("version: 1\nchecks: [{id: t, run: [sh], report: {format: xml}}]", "$.checks[0].report.format: is unknown")]
    [InlineData("version: 1\nchecks: [{id: t, run: [sh], report: {format: tap, path: ../x}}]", "$.checks[0].report.path")]
    [InlineData("version: 1\nchecks: [{id: t, run: [sh], network: sometimes}]", "there are none and allow")]
    [InlineData("version: 1\nchecks: [{id: t, run: [sh], flaky_attempts: 11}]", "expected 0 to 10, found 11")]
    [InlineData("version: 1\nchecks: [{id: \"a b\", run: [sh]}]", "$.checks[0].id: expected letters")]
    [InlineData("version: 1\nchecks: [{id: findings, run: [sh]}]", "$.checks[0].id: is taken")]
    [InlineData("version: 1\nchecks: [{id: t, run: [sh]}, {id: t, run: [sh]}]", "two checks are called t")]
    [InlineData("version: 1\nchecks: [{id: t, run: [sh], required: false}]", "none is required")]
    [InlineData("version: 1\nchecks: [{id: t, run: [sh]}]\nlimits: {attempts: 0}", "$.limits.attempts: expected 1 to 20")]
    [InlineData("version: 1\nchecks: [{id: t, run: [sh]}]\ntests: [\"/abs\"]", "$.tests")]
    [InlineData("version: 1\nchecks: [{id: t, run: [sh]}]\nprotect: []", "$.protect: is unknown")]
    [InlineData("version: 1\nversion: 1\nchecks: [{id: t, run: [sh]}]", "stands twice")]
    [InlineData("- a", "expected an object")]
    [InlineData("", "expected an object")]
    public void Read_WhatIsNoGateFile_IsRefusedWithThePlace(string text, string message)
    {
        var refused = Assert.Throws<BadInputException>(() => Read(text));

        Assert.StartsWith(".pawl/gate.yaml: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Shop.slnx", "", "dotnet")]
    [InlineData("src/a/A.csproj", "", "dotnet")]
    [InlineData("package.json", "{\"scripts\": {\"test\": \"node --test\"}}", "node")]
    [InlineData("package.json", "{\"scripts\": {\"test\": \"vitest\"}}", "vitest")]
    [InlineData("package.json", "{\"scripts\": {\"test\": \"mocha\"}}", "mocha")]
    [InlineData("package.json", "{\"scripts\": {\"test\": \"make check\"}}", "npm")]
    [InlineData("package.json", "{\"devDependencies\": {\"vitest\": \"3\"}}", "vitest")]
    [InlineData("package.json", "{\"devDependencies\": {\"jest\": \"30\"}}", "jest")]
    [InlineData("tests/test_add.py", "", "pytest")]
    [InlineData("Cargo.toml", "", "cargo")]
    [InlineData("go.mod", "", "go")]
    public void Draft_OfWhatARepositoryHolds_IsAGateFile(string path, string content, string check)
    {
        using var folder = new TemporaryFolder();
        folder.Write(path, content);

        var gate = Read(GateDraft.For(folder.Path)!);

        Assert.Equal([check], gate.Checks.Select(one => one.Id));
        Assert.True(gate.Protected.Matches(".pawl/gate.yaml"));
    }

    [Theory]
    [InlineData("cart.test.js")]
    [InlineData("src/a/cart.test.mjs")]
    [InlineData("cart-test.cjs")]
    [InlineData("cart.test.ts")]
    [InlineData("test/cart.js")]
    public void Draft_OfAPackageWithoutATestScript_RunsItsTestFilesWithNode(string path)
    {
        using var folder = new TemporaryFolder();
        folder.Write("package.json", "{\"name\": \"shop\"}");
        folder.Write(path, "");

        var check = Assert.Single(Read(GateDraft.For(folder.Path)!).Checks);

        Assert.Equal(["node", "--test", "--test-reporter=tap"], check.Run);
        Assert.Equal(ReportFormat.Tap, check.Format);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("{\"scripts\": {\"test\": \"echo \\\"Error: no test specified\\\" && exit 1\"}}")]
    public void Draft_OfAPackageWithoutTests_ChecksNothingOfItAndSaysSo(string package)
    {
        using var folder = new TemporaryFolder();
        folder.Write("package.json", package);
        folder.Write("src/latest.js", "");
        folder.Write("node_modules/x/x.test.js", "");

        Assert.Null(GateDraft.For(folder.Path));

        folder.Write("go.mod", "");
        var draft = GateDraft.For(folder.Path)!;
        Assert.Equal(["go"], Read(draft).Checks.Select(check => check.Id));
        Assert.Contains("# package.json has no test script", draft, StringComparison.Ordinal);
    }

    [Fact]
    public void Draft_OfNothing_IsNone()
    {
        using var folder = new TemporaryFolder();
        folder.Write("readme.txt", "");
        folder.Write("node_modules/x/A.csproj", "");

        Assert.Null(GateDraft.For(folder.Path));
    }

    private static GateFile Read(string text) => GateFile.Read(Encoding.UTF8.GetBytes(text));
}
