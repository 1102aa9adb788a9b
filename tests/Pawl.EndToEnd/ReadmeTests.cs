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
        File.WriteAllText(Path.Combine(folder.Path, "Program.cs"), code);
        File.WriteAllText(Path.Combine(folder.Path, "agent.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable></PropertyGroup>
              <ItemGroup><ProjectReference Include="{Path.Combine(Repository.Root, "src/Pawl/Pawl.csproj")}" /></ItemGroup>
            </Project>
            """);

        Run(folder.Path, "run", "-c", "Release");

        var list = Run(folder.Path, Path.Combine(Repository.Root, "src/Pawl.Cli/bin/Release/net10.0/Pawl.Cli.dll"), "run", "list", "--db", "pawl.db");
        Assert.Contains("tidy-folder", list);
        Assert.Contains("completed", list);
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
    private static partial Regex CSharp();

    [GeneratedRegex(@"^\| `pawl (?<words>(?:[a-z]+ ?)+)(?<! )", RegexOptions.Multiline)]
    private static partial Regex Command();
}
