using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Pawl.Changes.Sandboxes;
using Pawl.Storage;

namespace Pawl.Cli;

/// <summary><c>pawl doctor</c></summary>
internal static class DoctorCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("doctor", "What this machine offers, and how to mend what is missing.");
        command.SetAction(async (_, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            List<HealthCheck> checks =
            [
                new("runtime", Health.Good, $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}", null),
                .. await DatabaseHealth.CheckAsync(database, cancellationToken),
                Program("git", "--version", "needed for changes to code: install git"),
                await SandboxAsync(cancellationToken),
            ];
            if (context.IsJson) CommandContext.WriteJson(to => Write(to, checks));
            else Show(checks);
            return checks.Exists(c => c.Health == Health.Bad) ? ExitCode.Unavailable : ExitCode.Done;
        });
        return command;
    }

    private static async Task<HealthCheck> SandboxAsync(CancellationToken cancellationToken)
    {
        var state = await SandboxState.LookAsync(cancellationToken);
        return new HealthCheck("sandbox", state.Remedy is null ? Health.Good : Health.Missing, state.Found, state.Remedy);
    }

    private static HealthCheck Program(string name, string argument, string remedy)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(name, [argument]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var said = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? new HealthCheck(name, Health.Good, said, null) : new HealthCheck(name, Health.Missing, "it does not run", remedy);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return new HealthCheck(name, Health.Missing, "not installed", remedy);
        }
    }

    private static void Write(System.Text.Json.Utf8JsonWriter to, List<HealthCheck> checks)
    {
        to.WriteStartObject();
        to.WriteBoolean("ok", !checks.Exists(c => c.Health == Health.Bad));
        to.WriteStartArray("checks");
        foreach (var check in checks)
        {
            to.WriteStartObject();
            to.WriteString("name", check.Name);
            to.WriteString("health", check.Health switch { Health.Good => "good", Health.Missing => "missing", _ => "bad" });
            to.WriteString("found", check.Found);
            to.WriteString("remedy", check.Remedy);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        to.WriteEndObject();
    }

    private static void Show(List<HealthCheck> checks)
    {
        foreach (var check in checks)
        {
            var mark = check.Health switch { Health.Good => "[green]✓[/]", Health.Missing => "[yellow]–[/]", _ => "[red]✗[/]" };
            Terminal.Markup($"{mark} {check.Name,-10} {Terminal.Plain(check.Found)}");
            if (check.Remedy is { } remedy) Terminal.Line($"             {remedy}");
        }
    }
}
