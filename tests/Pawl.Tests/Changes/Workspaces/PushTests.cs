using System.Net;
using System.Text;
using Pawl.Changes.Workspaces;
using Xunit;

namespace Pawl.Tests.Changes.Workspaces;

public sealed class PushTests
{
    private const string Secret = "s3cret-token";
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Push_NewSameAndOther_IsToldApartAndNeverForced()
    {
        using var user = UserFolder.WithCommit();
        user.Git("init", "-q", "--bare", user["remote.git"]);
        var change = await user.ChangeAsync();
        var one = await CommitAsync(change, "one");
        var two = await CommitAsync(change, "two");

        Assert.IsType<PushOutcome.Pushed>(await change.PushAsync(user["remote.git"], one, "agent/x", token: null, None));
        Assert.IsType<PushOutcome.AlreadyThere>(await change.PushAsync(user["remote.git"], one, "agent/x", token: null, None));
        Assert.IsType<PushOutcome.Refused>(await change.PushAsync("file://" + user["remote.git"], two, "agent/x", token: null, None));
        Assert.Equal(one, UserFolder.GitIn(user["remote.git"], "rev-parse", "agent/x"));
        Assert.Equal("refs/heads/agent/x", UserFolder.GitIn(user["remote.git"], "for-each-ref", "--format=%(refname)"));
    }

    [Theory]
    [InlineData("main")]
    [InlineData("refs/heads/agent/x")]
    [InlineData("Agent/x")]
    [InlineData("+agent/x")]
    public async Task Push_OutsideOfAgent_Throws(string branch)
    {
        using var user = UserFolder.WithCommit();
        var change = await user.ChangeAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => change.PushAsync(user["remote.git"], change.BaseCommit, branch, token: null, None));
    }

    [Theory]
    [InlineData("ext::sh -c touch% /tmp/x")]
    [InlineData("--receive-pack=touch")]
    [InlineData("fd::7")]
    [InlineData("ftp://example.com/x")]
    [InlineData("git://example.com/x")]
    [InlineData("")]
    [InlineData("http://example.com/x")]
    public async Task Push_ToAnAddressThatIsNotSafe_IsRefused(string url)
    {
        using var user = UserFolder.WithCommit();
        var change = await user.ChangeAsync();

        var e = await Assert.ThrowsAsync<BadInputException>(() => change.PushAsync(url, change.BaseCommit, "agent/x", Secret, None));

        Assert.DoesNotContain(Secret, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", Secret, "x-access-token:" + Secret)]
    [InlineData("me:pass%40word@", null, "me:pass@word")]
    public async Task Push_OverHttp_SendsTheTokenAsAHeaderAndShowsItNowhere(string userInfo, string? token, string credentials)
    {
        using var user = UserFolder.WithCommit();
        File.WriteAllText(user["shim"], $"#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{user["calls"]}'\nexec git \"$@\"\n");
        File.SetUnixFileMode(user["shim"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var source = await SourceRepository.OpenAsync(user.Root, new Git(user["shim"]), None);
        var change = await ChangeRepository.CreateAsync(user["change"], source, await source.ResolveAsync("HEAD", None), UserFolder.At, None);
        using var server = new HttpListener();
        var port = FreePort();
        server.Prefixes.Add($"http://127.0.0.1:{port}/");
        server.Start();
        var request = AnswerAsync(server);

        var e = await Assert.ThrowsAsync<UnavailableException>(() => change.PushAsync($"http://{userInfo}127.0.0.1:{port}/a.git", change.BaseCommit, "agent/x", token, None));

        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));
        Assert.Equal($"Basic {encoded} /a.git/info/refs?service=git-receive-pack", await request);
        foreach (var shown in (string[])[e.Message, File.ReadAllText(user["calls"])])
        {
            Assert.DoesNotContain(encoded, shown, StringComparison.Ordinal);
            Assert.DoesNotContain(credentials.Split(':')[1], shown, StringComparison.Ordinal);
            Assert.Contains($"http://127.0.0.1:{port}/a.git", shown, StringComparison.Ordinal);
        }
    }

    private static async Task<string> AnswerAsync(HttpListener server)
    {
        var context = await server.GetContextAsync();
        context.Response.StatusCode = 403;
        context.Response.Close();
        return context.Request.Headers["Authorization"] + " " + context.Request.RawUrl;
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Task<string> CommitAsync(ChangeRepository change, string message) =>
        change.CommitAsync(change.BaseTree, change.BaseCommit, message, UserFolder.Someone, UserFolder.Someone, UserFolder.At, None);
}
