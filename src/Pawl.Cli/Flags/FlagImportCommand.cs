using System.CommandLine;
using System.Text.Json;
using Pawl.Cli.Ledger;
using Pawl.Flags;

namespace Pawl.Cli.Flags;

/// <summary><c>pawl flag import FILE --format growthbook</c></summary>
internal static class FlagImportCommand
{
    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("FILE") { Description = "A GrowthBook SDK payload." };
        var format = new Option<string>("--format") { Description = "The format: growthbook.", DefaultValueFactory = _ => "growthbook" };
        format.AcceptOnlyFromAmong("growthbook");
        var key = new Option<string?>("--encryption-key") { Description = "The key of an encrypted payload, in base64. Default: $PAWL_PAYLOAD_KEY.", HelpName = "KEY" };
        var dry = new Option<bool>("--dry-run") { Description = "Say what would change, and change nothing." };
        var edit = new FlagEdit(context);
        var command = new Command("import", "Take over flags from a payload: all or none. Importing the same again changes nothing.") { path, format, key, dry };
        edit.AddTo(command, withVersion: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var import = FlagImport.Read(FlagInput.File(parsed.GetValue(path)!, Limits.FlagPayloadBytes), FlagInput.Key(parsed.GetValue(key)));
            var (rows, signing) = await edit.ImportAsync(database, parsed, import, parsed.GetValue(dry), cancellationToken);
            if (context.IsJson) CommandContext.WriteJson(to => Write(to, rows, import.Ignored, signing));
            else Show(rows, import.Ignored, parsed.GetValue(dry));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(Utf8JsonWriter to, IReadOnlyList<ImportedFlag> rows, IReadOnlyList<string> ignored, SigningReport? signing)
    {
        to.WriteStartObject();
        to.WriteStartArray("flags");
        foreach (var row in rows)
        {
            to.WriteStartObject();
            to.WriteString("key", row.Flag.Key);
            to.WriteString("outcome", Word(row.As));
            to.WriteNumber("version", row.Flag.Version);
            to.WriteString("receipt", row.Receipt?.Ref);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        to.WriteStartArray("ignored");
        foreach (var member in ignored) to.WriteStringValue(member);
        to.WriteEndArray();
        signing?.Write(to);
        to.WriteEndObject();
    }

    private static void Show(IReadOnlyList<ImportedFlag> rows, IReadOnlyList<string> ignored, bool dry)
    {
        foreach (var row in rows.Where(r => r.As != ImportedAs.Unchanged)) Terminal.Line($"{Word(row.As),-9} {row.Flag.Key} {(dry ? "" : row.Receipt?.Ref)}".TrimEnd());
        var (created, changed) = (rows.Count(r => r.As == ImportedAs.Created), rows.Count(r => r.As == ImportedAs.Changed));
        Terminal.Line($"{created} created, {changed} changed, {rows.Count - created - changed} as they were{(dry ? "; nothing was written" : "")}");
        if (ignored.Count > 0) Terminal.Line($"Passed over, because it says nothing about flags: {string.Join(", ", ignored)}");
    }

    private static string Word(ImportedAs imported) => imported switch { ImportedAs.Created => "created", ImportedAs.Changed => "changed", _ => "unchanged" };
}
