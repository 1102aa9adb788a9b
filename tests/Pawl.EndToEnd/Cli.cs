using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Pawl.Tests;

namespace Pawl.EndToEnd;

/// <summary>
/// The real command line as processes, in a world of its own: data, state and working directory lie in the test's folder, and
/// nothing of the caller's environment that Pawl listens to is passed on.
/// </summary>
internal sealed class Cli(TemporaryFolder folder)
{
    private static readonly string Dll = Path.Combine(Repository.Root, "src/Pawl.Cli/bin/Release/net10.0/Pawl.Cli.dll");
    private static readonly string[] Heard = ["PAWL_DB", "PAWL_ACTOR", "NO_COLOR", "TZ", "LANG", "LC_ALL", "TERM"];

    private readonly Dictionary<string, string> environment = new()
    {
        ["XDG_DATA_HOME"] = folder["data"],
        ["XDG_STATE_HOME"] = folder["state"],
        ["DOTNET_TieredPGO"] = "0",
    };

    /// <summary>Where the database lies when nothing else is said.</summary>
    public string DefaultDatabase => folder["data/pawl/pawl.db"];

    /// <summary>The folder that the processes run in.</summary>
    public string WorkingDirectory => Directory.CreateDirectory(folder["work"]).FullName;

    /// <summary>The words of a shell command that runs Pawl.</summary>
    public static string InShell => $"dotnet '{Dll}'";

    /// <summary>Sets a variable for all later processes.</summary>
    public Cli With(string variable, string value)
    {
        environment[variable] = value;
        return this;
    }

    /// <summary>Runs a command to its end.</summary>
    public Task<Ended> RunAsync(params string[] arguments) => FeedAsync("", arguments);

    /// <summary>Runs a command to its end with something on its standard input.</summary>
    public Task<Ended> FeedAsync(string input, params string[] arguments) => EndAsync(Start(arguments), input);

    /// <summary>Runs a line of bash to its end; see <see cref="InShell"/>.</summary>
    public Task<Ended> ShellAsync(string line) => EndAsync(Start("bash", ["-c", line]), "");

    /// <summary>The one JSON document of a command that must succeed.</summary>
    public async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var ended = await RunAsync(["--json", .. arguments]);
        Xunit.Assert.True(ended.ExitCode == 0, $"pawl {string.Join(' ', arguments)} ended with {ended.ExitCode}: {ended.Error}");
        return ended.Json;
    }

    /// <summary>Starts a command.</summary>
    public Process Start(params string[] arguments) => Start("dotnet", [Dll, .. arguments]);

    /// <summary>Starts <c>run record</c>.</summary>
    public Recorder Record(params string[] arguments) => new(Start([.. arguments, "run", "record"]));

    private static async Task<Ended> EndAsync(Process process, string input)
    {
        using var ending = process;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading on.
        }

        var peak = PeakMemory.Watch(process);
        await process.WaitForExitAsync();
        return new Ended(process.ExitCode, await output, await error, await peak);
    }

    private Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var name in Heard) start.Environment.Remove(name);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}

/// <summary>How a process ended.</summary>
internal sealed record Ended(int ExitCode, string Output, string Error, long PeakBytes)
{
    /// <summary>The one JSON document on standard output.</summary>
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Output);

    /// <summary>The JSON lines on standard output.</summary>
    public IReadOnlyList<JsonElement> Lines =>
        [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
}
