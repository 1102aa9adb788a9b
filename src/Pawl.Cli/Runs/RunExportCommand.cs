using System.CommandLine;
using Pawl.Runs;
using Pawl.Runs.Formats;

namespace Pawl.Cli.Runs;

/// <summary><c>pawl run export --out DIRECTORY</c></summary>
internal static class RunExportCommand
{
    public static Command Create(CommandContext context)
    {
        var ids = new Argument<string[]>("RUN") { Description = "The runs. Default: all, or those of --goal.", Arity = ArgumentArity.ZeroOrMore };
        var format = new Option<string>("--format") { Description = "The format: hive.", DefaultValueFactory = _ => "hive" };
        format.AcceptOnlyFromAmong("hive");
        var goal = new Option<string?>("--goal") { Description = "Only runs of this goal.", HelpName = "GOAL" };
        var output = new Option<string>("--out") { Description = "The directory to write into.", Required = true, HelpName = "DIRECTORY" };
        var command = new Command("export", "Export runs as a hive directory. Importing it again gives the same runs.") { ids, format, goal, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var given = parsed.GetValue(ids)!;
            if (given.Length > 0 && parsed.GetValue(goal) is not null) return context.Usage("Name runs or a goal, not both.", command);
            var wanted = given.Length > 0 ? [.. given.Select(RunId.Parse)] : await database.Runs.IdsAsync(parsed.GetValue(goal), cancellationToken);
            var directory = parsed.GetValue(output)!;
            var count = await RunExporter.HiveAsync(database.Runs, wanted, directory, cancellationToken);
            if (context.IsJson)
            {
                CommandContext.WriteJson(to =>
                {
                    to.WriteStartObject();
                    to.WriteNumber("exported", count);
                    to.WriteString("directory", directory);
                    to.WriteEndObject();
                });
            }
            else
            {
                Terminal.Line($"{count} runs exported to {directory}");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
