using System.CommandLine;
using System.Text.Json;
using Pawl.Flags;

namespace Pawl.Cli.Flags;

/// <summary><c>pawl flag history KEY</c></summary>
internal static class FlagHistoryCommand
{
    public static Command Create(CommandContext context)
    {
        var key = new Argument<string>("KEY") { Description = "The flag's key." };
        var command = new Command("history", "Every version of a flag: who, why, and the receipt.") { key };
        command.SetAction(async (parsed, _) =>
        {
            await using var database = context.OpenDatabase();
            var versions = database.Flags.Read(view => view.History(parsed.GetValue(key)!));
            if (versions.Count == 0) throw new BadInputException(FlagEdit.NoFlag(parsed.GetValue(key)!));
            var faults = database.Ledger.Read(receipts => versions.Select(version => FlagAudit.Fault(version, receipts)).ToList());
            if (context.IsJson) CommandContext.WriteJson(to => Write(to, versions, faults));
            else Show(versions);
            foreach (var fault in faults.OfType<string>()) Terminal.Error("pawl: " + fault);
            return faults.TrueForAll(fault => fault is null) ? ExitCode.Done : ExitCode.AnswerIsNo;
        });
        return command;
    }

    private static void Write(Utf8JsonWriter to, IReadOnlyList<FlagVersion> versions, List<string?> faults)
    {
        to.WriteStartArray();
        foreach (var (version, fault) in versions.Zip(faults))
        {
            to.WriteStartObject();
            to.WriteNumber("version", version.Flag.Version);
            to.WriteString("at", version.At);
            to.WriteString("actor", version.Actor);
            to.WriteString("why", version.Why);
            to.WriteString("receipt", version.Reference);
            to.WriteNumber("receipt_seq", version.Receipt);
            to.WriteString("digest", version.Flag.Digest);
            to.WriteString("problem", fault);
            to.WritePropertyName("flag");
            FlagJson.Write(to, version.Flag);
            to.WriteEndObject();
        }

        to.WriteEndArray();
    }

    private static void Show(IReadOnlyList<FlagVersion> versions)
    {
        var table = new Listing(">version", "=at", "=receipt", "actor", "why") { LeaveOut = ["at", "actor"] };
        foreach (var version in versions)
            table.Add($"{version.Flag.Version}", Terminal.Instant(version.At), Terminal.Plain(version.Reference), Terminal.Plain(version.Actor), Terminal.Plain(Terminal.Short(version.Why)));
        table.Show();
    }
}
