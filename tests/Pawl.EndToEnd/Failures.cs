using System.Text.Json;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>What every failure of the command line has in common.</summary>
internal static class Failures
{
    /// <summary>Runs a command twice, for people and with --json, and demands the exit code and the message of both. Returns the message.</summary>
    public static async Task<string> AssertRefusedAsync(this Cli cli, int exitCode, string message, params string[] arguments)
    {
        var people = await cli.RunAsync(arguments);
        var json = await cli.RunAsync(["--json", .. arguments]);

        Assert.Equal("", people.Output);
        Assert.Contains(message, people.Error);
        Assert.DoesNotContain("   at ", people.Error + json.Error);
        if (exitCode != 64) Assert.Single(people.Error.TrimEnd('\n').Split('\n'));
        Assert.Equal(people.Error, json.Error);
        Assert.Equal((exitCode, exitCode), (people.ExitCode, json.ExitCode));
        // Deserialising fails where anything else stands on standard output.
        var problem = json.Json;
        Assert.Equal(JsonValueKind.Object, problem.ValueKind);
        Assert.Equal(exitCode, problem.GetProperty("exit_code").GetInt32());
        Assert.StartsWith(Shown(problem.GetProperty("detail").GetString()!), json.Error);
        Assert.Equal(exitCode switch { 1 => 409, 69 => 503, _ => 400 }, problem.GetProperty("status").GetInt32());
        Assert.NotEqual("", problem.GetProperty("title").GetString());
        return people.Error;
    }

    // What would move a terminal's cursor is in the JSON only.
    private static string Shown(string text) => string.Concat(text.Select(c => char.IsControl(c) && c is not '\n' and not '\t' ? '\uFFFD' : c));
}
