using System.Diagnostics;
using System.Text.RegularExpressions;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>What the README says is done as it says it.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    [Fact]
    public void CSharpExample_CompiledAndRunAsWritten_RecordsARun()
    {
        using var folder = new TemporaryFolder();
        var code = CSharp().Match(Readme).Groups["code"].Value;
        Assert.NotEmpty(code);
        Program(folder.Path, code);

        Run(folder.Path, "run", "-c", "Release");

        var list = Run(folder.Path, Path.Combine(Repository.Root, "src/Pawl.Cli/bin/Release/net10.0/Pawl.Cli.dll"), "run", "list", "--db", "pawl.db");
        Assert.Contains("tidy-folder", list);
        Assert.Contains("completed", list);
    }

    [Fact]
    public async Task LedgerGuide_RunAsWritten_AppendsVerifiesAndProves()
    {
        var guide = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs/guides/ledger.md"));
        using var folder = new TemporaryFolder();
        var cli = new Cli(folder);
        Program(cli.WorkingDirectory, CSharp().Match(guide).Groups["code"].Value);

        var appended = await cli.ShellAsync("dotnet run -c Release");
        Assert.Contains("PROM-treatmentA@4", appended.Output);
        var lines = guide.Split('\n').Where(line => line.StartsWith("    ./pawl ", StringComparison.Ordinal)).Select(line => line.Trim()[7..]).ToList();
        Assert.Equal(6, lines.Count);
        foreach (var line in lines)
        {
            var ended = await cli.ShellAsync($"{Cli.InShell} {line}");
            Assert.True(ended.ExitCode == 0, $"{line}: {ended.Output}{ended.Error}");
        }
    }

    [Fact]
    public void Commands_InTheTable_AreAllThere()
    {
        var commands = Command().Matches(Readme).Select(m => m.Groups["words"].Value).Distinct().ToList();
        Assert.True(commands.Count > 10, "The table of commands was not found.");

        foreach (var command in commands)
        {
            var help = Run(Repository.Root, [Path.Combine(Repository.Root, "src/Pawl.Cli/bin/Release/net10.0/Pawl.Cli.dll"), .. command.Split(' '), "--help"]);
            Assert.Contains("pawl " + command, help, StringComparison.OrdinalIgnoreCase);
        }
    }

    internal static void Program(string folder, string code)
    {
        File.WriteAllText(Path.Combine(folder, "Program.cs"), code);
        File.WriteAllText(Path.Combine(folder, "agent.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable></PropertyGroup>
              <ItemGroup><ProjectReference Include="{Path.Combine(Repository.Root, "src/Pawl/Pawl.csproj")}" /></ItemGroup>
            </Project>
            """);
    }

    private static string Run(string folder, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}: {output}{error.Result}");
        return output;
    }

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    internal static partial Regex CSharp();

    [GeneratedRegex(@"^\| `pawl (?<words>(?:[a-z]+(?:-[a-z]+)* ?)+)(?<! )", RegexOptions.Multiline)]
    private static partial Regex Command();
}
