using System.CommandLine;
using Pawl.Flags;

namespace Pawl.Cli.Flags;

/// <summary><c>pawl flag list</c></summary>
internal static class FlagListCommand
{
    public static Command Create(CommandContext context)
    {
        var all = new Option<bool>("--all") { Description = "Archived flags too." };
        var command = new Command("list", "List the flags.") { all };
        command.SetAction(async (parsed, _) =>
        {
            await using var database = context.OpenDatabase();
            var (sound, damaged) = database.Flags.Read(view => (view.Sound(out var problems), problems));
            var flags = sound.Where(flag => parsed.GetValue(all) || !flag.IsArchived).ToList();
            if (context.IsJson) CommandContext.WriteJson(to => Write(to, flags, damaged));
            else Show(flags, damaged);
            foreach (var problem in damaged) Terminal.Error(problem.Message);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(System.Text.Json.Utf8JsonWriter to, List<Flag> flags, IReadOnlyList<FlagProblem> damaged)
    {
        to.WriteStartArray();
        foreach (var flag in flags) FlagJson.Write(to, flag);
        foreach (var problem in damaged)
        {
            to.WriteStartObject();
            to.WriteString("key", problem.Flag);
            to.WriteString("problem", problem.Message);
            to.WriteEndObject();
        }

        to.WriteEndArray();
    }

    private static void Show(List<Flag> flags, IReadOnlyList<FlagProblem> damaged)
    {
        if (flags.Count + damaged.Count == 0)
        {
            Terminal.Line("No flags. Make one: pawl flag create --help");
            return;
        }

        var table = new Listing("=flag", ">version", "=default", ">rules", "variants", "description") { LeaveOut = ["description", "variants", "rules"] };
        foreach (var flag in flags)
        {
            table.Add(
                Terminal.Plain(flag.Key) + (flag.IsArchived ? " [grey](archived)[/]" : ""), $"{flag.Version}", Terminal.Plain(flag.Default ?? ""), $"{flag.Rules.Count}",
                Terminal.Plain(Terminal.Short(string.Join(", ", flag.Variants.Select(v => v.Name)), 60)), Terminal.Plain(Terminal.Short(flag.Description ?? "", 60)));
        }

        foreach (var problem in damaged) table.Add(Terminal.Plain(problem.Flag) + " [red](damaged)[/]", "", "", "", "", "");
        table.Show();
    }
}
