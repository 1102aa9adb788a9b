using Pawl.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes.Sandboxes;

/// <summary>Package managers in a sandbox without a network, on what this machine has downloaded before.</summary>
public sealed class PackageCachesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Restore_PackageInTheCache_NeedsNoNetworkAndChangesNothing()
    {
        var sandbox = await Rungs.TakeAsync(SandboxRung.Bubblewrap);
        var cache = PackageCaches.Existing().Select(c => Path.Combine(c, "polly.core")).FirstOrDefault(Directory.Exists);
        Assert.SkipWhen(cache is null || SandboxTools.Locate("dotnet", SandboxTools.SearchPath()) is null, "No NuGet package that the test could use was found.");
        var version = Path.GetFileName(Directory.GetDirectories(cache!)[0]);
        _folder.Write("app.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit></PropertyGroup>
              <ItemGroup><PackageReference Include="Polly.Core" Version="{version}" /></ItemGroup>
            </Project>
            """);
        var command = Rungs.Shell(_folder.Path, "if echo x >\"$NUGET_PACKAGES/x\"; then exit 99; fi; exec dotnet restore --nologo") with { ReadOnly = PackageCaches.Existing(), Budget = new CommandBudget() };
        var result = await sandbox.RunAsync(command, default);

        Assert.True(result is { End: CommandEnd.Exited, ExitCode: 0 }, result.Output.Text + result.Error.Text);
        Assert.Contains("Polly.Core/" + version, await File.ReadAllTextAsync(_folder["obj/project.assets.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NpmCache_ReadOnly_CanBeListedThroughItsCopiedIndex()
    {
        var sandbox = await Rungs.TakeAsync(SandboxRung.Bubblewrap);
        Assert.SkipWhen(SandboxTools.Locate("npm", SandboxTools.SearchPath()) is null, "npm is not installed.");
        var npm = PackageCaches.Existing().FirstOrDefault(c => Path.GetFileName(c) == "_cacache");
        Assert.SkipWhen(npm is null, "npm has no cache here.");
        var command = Rungs.Shell(_folder.Path, "npm cache ls | wc -l; ls \"$npm_config_cache/_cacache/content-v2\" | wc -l; echo x >\"$npm_config_cache/_cacache/content-v2/x\"") with { ReadOnly = [npm!] };
        var result = await sandbox.RunAsync(command, default);
        var counts = result.Output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToArray();

        Assert.Equal(2, counts.Length);
        Assert.All(counts, c => Assert.True(c > 0, result.Error.Text));
        Assert.False(File.Exists(Path.Combine(npm!, "content-v2", "x")));
    }
}
