using System.Diagnostics;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>
/// The launcher in a small tree of its own with a scripted SDK in place of the real one: it notes each build, and "runs" by
/// printing its arguments. So every situation costs milliseconds instead of a compilation.
/// </summary>
public sealed class LauncherTests : IDisposable
{
    private const string Dll = "src/Pawl.Cli/bin/Release/net10.0/Pawl.Cli.dll";

    private const string ScriptedSdk = """
        #!/usr/bin/env bash
        here=${0%/*}
        if [[ $1 != build ]]; then printf '%s|' "$PWD" "$@"; exit 7; fi
        echo built >>"$here/builds"
        if [[ -e $here/broken ]]; then echo "error CS1002: ; expected"; exit 1; fi
        while [[ -e $here/slow ]]; do sleep 0.02; done
        mkdir -p src/Pawl.Cli/bin/Release/net10.0
        echo dll >src/Pawl.Cli/bin/Release/net10.0/Pawl.Cli.dll
        """;

    private readonly TemporaryFolder temporary = new();

    public LauncherTests()
    {
        foreach (var file in (string[])["pawl", "build/common.sh"])
        {
            Executable($"tree ä b/{file}", File.ReadAllText(Path.Combine(Repository.Root, file)));
        }

        foreach (var file in (string[])["Directory.Build.props", "Directory.Packages.props", "global.json", "src/Pawl.Cli/Commands/Old.cs", "src/Pawl/Pawl.csproj"])
        {
            temporary.Write($"tree ä b/{file}", "");
        }

        Executable("sdk/dotnet", ScriptedSdk);
        temporary.Write("sdk/sdk/10.0.100/here", "");
        Directory.CreateDirectory(temporary["elsewhere"]);
    }

    [Fact]
    public async Task Start_ThroughALinkFromAnotherFolder_BuildsOnceAndPassesArgumentsAndExitCodeOn()
    {
        File.CreateSymbolicLink(temporary["link ü"], Tree("pawl"));

        var first = await StartAsync(["run", "list", "a b"], temporary["link ü"]);
        var second = await StartAsync(["run", "list", "a b"], temporary["link ü"]);

        Assert.Equal(new Ended(7, $"{temporary["elsewhere"]}|{Tree(Dll)}|run|list|a b|", ""), first);
        Assert.Equal(first, second);
        Assert.Equal(1, Builds);
    }

    [Theory]
    [InlineData("global.json")]
    [InlineData("src/Pawl/Storage/Migrations/0001_runs.sql")]
    [InlineData("src/Pawl.Cli/Commands/Old.cs")]
    public async Task Start_AfterAFileWasWritten_BuildsAgain(string file)
    {
        await StartAsync([]);
        temporary.Write($"tree ä b/{file}", "changed");

        await StartAsync([]);
        await StartAsync([]);

        Assert.Equal(2, Builds);
    }

    [Fact]
    public async Task Start_AfterASourceFileWasDeleted_BuildsAgain()
    {
        await StartAsync([]);
        File.Delete(Tree("src/Pawl.Cli/Commands/Old.cs"));

        await StartAsync([]);

        Assert.Equal(2, Builds);
    }

    [Fact]
    public async Task Start_AfterTheBenchmarksWereBuiltFromNewerSources_BuildsAgain()
    {
        await StartAsync([]);
        temporary.Write("tree ä b/global.json", "changed");
        Executable("tree ä b/bench.sh", File.ReadAllText(Path.Combine(Repository.Root, "bench.sh")));

        await StartAsync([], Tree("bench.sh"));
        await StartAsync([]);

        Assert.Equal(3, Builds);
    }

    [Fact]
    public async Task Start_TwoAtOnce_BuildsOnce()
    {
        temporary.Write("sdk/slow", "");
        var both = Task.WhenAll(StartAsync([]), StartAsync([]));
        await Eventually.Holds(() => Builds == 1, "the first build began");
        File.Delete(temporary["sdk/slow"]);

        var ended = await both;

        Assert.All(ended, one => Assert.Equal(7, one.ExitCode));
        Assert.Equal(1, Builds);
    }

    [Fact]
    public async Task Start_WhenTheBuildFails_ShowsItsOutputOnStandardErrorAndTriesAgainNextTime()
    {
        temporary.Write("sdk/broken", "");

        var failed = await StartAsync([]);
        File.Delete(temporary["sdk/broken"]);
        var mended = await StartAsync([]);

        Assert.Equal(new Ended(70, "", "error CS1002: ; expected\n"), failed);
        Assert.Equal(7, mended.ExitCode);
    }

    [Fact]
    public async Task Start_WithoutAnSdk_SaysHowToGetOneAndEndsWith69()
    {
        Directory.Delete(temporary["sdk"], recursive: true);

        var ended = await StartAsync(["run", "list"]);

        Assert.Equal(69, ended.ExitCode);
        Assert.Empty(ended.Output);
        Assert.Contains("./pawl --install-sdk", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithAnSdkInTheRepositoryAlone_UsesIt()
    {
        Directory.CreateDirectory(Tree(".dotnet"));
        foreach (var item in (string[])["dotnet", "sdk"])
        {
            Directory.Move(temporary[$"sdk/{item}"], Tree($".dotnet/{item}"));
        }

        var ended = await StartAsync(["doctor"]);

        Assert.Equal(7, ended.ExitCode);
        Assert.EndsWith("|doctor|", ended.Output, StringComparison.Ordinal);
    }

    public void Dispose() => temporary.Dispose();

    private int Builds => File.Exists(temporary["sdk/builds"]) ? File.ReadAllLines(temporary["sdk/builds"]).Length : 0;

    private string Tree(string relative) => temporary[$"tree ä b/{relative}"];

    private void Executable(string relative, string content) =>
        File.SetUnixFileMode(temporary.Write(relative, content), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private async Task<Ended> StartAsync(string[] arguments, string? launcher = null)
    {
        var start = new ProcessStartInfo(launcher ?? Tree("pawl"), arguments)
        {
            WorkingDirectory = temporary["elsewhere"],
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{temporary["sdk"]}:{PathWithoutDotnet()}";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Ended(process.ExitCode, await output, await error);
    }

    // A folder of links to the few programs that the launcher needs: the real folders may hold a real dotnet.
    private string PathWithoutDotnet()
    {
        var folder = temporary["programs"];
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            foreach (var program in (string[])["bash", "cat", "env", "find", "flock", "grep", "mkdir", "mv", "readlink", "rm", "sleep"])
            {
                var real = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(path => Path.Combine(path, program)).First(File.Exists);
                File.CreateSymbolicLink(Path.Combine(folder, program), real);
            }
        }

        return folder;
    }

    private sealed record Ended(int ExitCode, string Output, string Error);
}
