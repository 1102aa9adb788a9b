using Pawl.Tests;
using Pawl.Tests.Forges;
using Xunit;
using Answer = Pawl.Tests.Forges.LoopbackForge.Answer;

namespace Pawl.EndToEnd;

/// <summary>What leaves the machine, and only when it was asked for: one branch below <c>agent/</c>, and one draft pull request.</summary>
public sealed class ChangePushTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ChangeScene _scene;

    public ChangePushTests()
    {
        _scene = new ChangeScene(_folder).WithSums();
        ChangeScene.GitIn(_folder.Path, "init", "-q", "--bare", Remote);
        ChangeScene.GitIn(_folder.Path, "init", "-q", "--bare", _folder["elsewhere.git"]);
        _scene.Git("remote", "add", "origin", Remote);
        _scene.Git("push", "-q", "origin", "main");
        _scene.Git("tag", "v1");
    }

    private string Remote => _folder["origin.git"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Push_ToARemote_PushesTheBranchAndNothingElse(bool isAddress)
    {
        if (isAddress) _scene.Git("remote", "set-url", "origin", $"file://{Remote}");
        var before = _scene.Fingerprint();

        var ended = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right, "--push"));

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(before, _scene.Fingerprint());
        Assert.Equal(["refs/heads/agent/add-numbers", "refs/heads/main"], Refs(Remote));
        Assert.Equal(_scene.Git("rev-parse", "agent/add-numbers"), ChangeScene.GitIn(Remote, "rev-parse", "agent/add-numbers"));
        Assert.Equal(_scene.Git("rev-parse", "main"), ChangeScene.GitIn(Remote, "rev-parse", "main"));
        Assert.Equal(2, _scene.Rows("select ref from receipts where tool = 'PushBranch'").Count);
    }

    [Fact]
    public async Task IssueToPr_NotToldToPush_PushesNothing()
    {
        var ended = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right));

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(["refs/heads/main"], Refs(Remote));
        Assert.Contains(" push origin agent/add-numbers", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IssueToPr_AnotherRemoteAndNotToldToPush_NamesItInTheCommands()
    {
        _scene.Git("remote", "add", "upstream", "https://mara:secret@github.com/pawl/shop.git");

        var ended = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right, "--remote", "upstream"));

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Contains(" push upstream agent/add-numbers\n", ended.Output, StringComparison.Ordinal);
        Assert.Contains("gh pr create --draft --repo pawl/shop ", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", ended.Output, StringComparison.Ordinal);
        Assert.Equal(["refs/heads/main"], Refs(Remote));
    }

    [Fact]
    public async Task Push_TheRepositorysConfigurationLeadsElsewhere_IsNotFollowed()
    {
        _scene.Git("config", $"url.{_folder["elsewhere.git"]}.pushInsteadOf", Remote);
        _scene.Git("config", $"url.{_folder["elsewhere.git"]}.insteadOf", Remote);

        var ended = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right, "--push"));

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(["refs/heads/agent/add-numbers", "refs/heads/main"], Refs(Remote));
        Assert.Empty(Refs(_folder["elsewhere.git"]));
    }

    [Fact]
    public async Task Push_APushUrlAsAPath_IsPushedToAndToldAndKeptWithoutItsPassword()
    {
        _scene.Git("remote", "set-url", "origin", "https://mara:pa55word@git.invalid/shop.git");
        _scene.Git("config", "remote.origin.pushurl", Path.GetRelativePath(_scene.Repository, _folder["elsewhere.git"]));

        var ended = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right, "--push"));

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(["refs/heads/agent/add-numbers"], Refs(_folder["elsewhere.git"]));
        Assert.Contains($"origin ({_folder["elsewhere.git"]})", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Push_ARemoteThatCannotBeReached_SaysHowToGoOnAndKeepsNoPassword()
    {
        _scene.Git("remote", "set-url", "origin", "https://mara:pa55word@git.invalid/shop.git");

        var ended = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right, "--push"));

        Assert.Equal(69, ended.ExitCode);
        Assert.Contains("The proposal stands on the branch agent/add-numbers here. When that is mended, go on with --resume CHG-", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("pa55word", ended.Output + ended.Error + string.Join('\n', _scene.Rows("select document from changes")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Push_TheRemoteLeadsElsewhereThanBefore_IsRefused()
    {
        var ended = await _scene.Cli.RunAsync(_scene.IssueToPr($"git -C '{_scene.Repository}' remote set-url origin '{_folder["elsewhere.git"]}'; {ChangeScene.Right}", "--push", "--sandbox", "none"));

        Assert.Equal(69, ended.ExitCode);
        Assert.Contains($"origin was {Remote} when CHG-", ended.Error, StringComparison.Ordinal);
        Assert.Empty(Refs(_folder["elsewhere.git"]));
    }

    [Fact]
    public async Task Push_NoSuchRemote_IsRefusedBeforeAnythingIsDone()
    {
        var ended = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right, "--push", "--remote", "upstream"));

        Assert.Equal(65, ended.ExitCode);
        Assert.Contains("There is no remote \"upstream\"", ended.Error, StringComparison.Ordinal);
        Assert.Empty(_scene.Branches());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_scene.Changes));
    }

    [Fact]
    public async Task Push_TheRemoteRefuses_SaysSoAndGoesOnWhenItIsMended()
    {
        var hook = Path.Combine(Remote, "hooks/pre-receive");
        await File.WriteAllTextAsync(hook, "#!/bin/sh\necho 'no agents here' >&2\nexit 1\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(hook, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var refused = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right, "--push"));
        File.Delete(hook);
        var resumed = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right, "--resume"));

        Assert.Equal(69, refused.ExitCode);
        Assert.Contains("go on with --resume CHG-", refused.Error, StringComparison.Ordinal);
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Equal(["refs/heads/agent/add-numbers", "refs/heads/main"], Refs(Remote));
        Assert.Single(_scene.Rows("select ref from receipts where tool = 'PushBranch' and ok = 1"));
    }

    [Fact]
    public async Task OpenPr_AForge_OpensOneDraft()
    {
        await using var forge = new LoopbackForge(request => request switch
        {
            { Method: "POST" } => new Answer(201, """{"number":12,"html_url":"https://forge.test/pawl/shop/12","title":"WIP: Add numbers","head":{"ref":"agent/add-numbers","repo":{"full_name":"pawl/shop"}}}"""),
            _ when request.Target.Contains('?', StringComparison.Ordinal) => new Answer(200, "[]"),
            _ => new Answer(200, """{"default_branch":"main"}"""),
        });
        await File.WriteAllTextAsync(Path.Combine(_scene.Cli.WorkingDirectory, "pawl.yaml"), $"forge: {{kind: gitea, url: \"{forge.Url}\", repository: pawl/shop, token: \"${{FORGE_TOKEN}}\"}}\n");

        var ended = await _scene.Cli.With("FORGE_TOKEN", "t0ken-that-nobody-may-see").RunAsync(_scene.IssueToPr(ChangeScene.Right, "--open-pr"));

        Assert.True(ended.ExitCode == 0, ended.Error);
        var post = Assert.Single(forge.Requests, request => request.Method != "GET");
        Assert.Equal(("POST /api/v1/repos/pawl/shop/pulls", "WIP: Add numbers", "agent/add-numbers", "main"), (post.Line, post.Json.GetProperty("title").GetString(), post.Json.GetProperty("head").GetString(), post.Json.GetProperty("base").GetString()));
        Assert.Contains("## What the gate said", post.Json.GetProperty("body").GetString(), StringComparison.Ordinal);
        Assert.Equal(["refs/heads/agent/add-numbers", "refs/heads/main"], Refs(Remote));
        Assert.Contains("The draft pull request: https://forge.test/pawl/shop/12", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("t0ken", ended.Output + ended.Error + string.Join('\n', _scene.Rows("select document from changes")), StringComparison.Ordinal);
        Assert.Equal(["CreateBranch", "OpenPullRequest", "PushBranch"], _scene.Rows("select tool from receipts where kind = 'intent'").Order());
        Assert.Equal(0, (await _scene.Cli.RunAsync("ledger", "verify")).ExitCode);
    }

    [Fact]
    public async Task OpenPr_NoForge_EndsWith64()
    {
        var ended = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right, "--open-pr"));

        Assert.Equal(64, ended.ExitCode);
        Assert.Contains("--open-pr needs a forge", ended.Error, StringComparison.Ordinal);
        Assert.Empty(_scene.Branches());
    }

    private static string[] Refs(string repository) => ChangeScene.GitIn(repository, "for-each-ref", "--format=%(refname)").Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
