using System.CommandLine;
using System.Text;
using System.Text.Json;
using Pawl.Flags;

namespace Pawl.Cli.Flags;

/// <summary><c>pawl flag show KEY</c></summary>
internal static class FlagShowCommand
{
    public static Command Create(CommandContext context)
    {
        var key = new Argument<string>("KEY") { Description = "The flag's key." };
        var version = new Option<long?>("--version") { Description = "As it was at this version. Default: as it stands.", HelpName = "N" };
        var command = new Command("show", "Show a flag: its variants and rules.") { key, version };
        command.SetAction(async (parsed, _) =>
        {
            await using var database = context.OpenDatabase();
            var (name, number) = (parsed.GetValue(key)!, parsed.GetValue(version));
            var (flag, last) = database.Flags.Read(view => Find(view, name, number));
            var fault = database.Ledger.Read(receipts => FlagAudit.Fault(flag, last.Receipt, receipts) ?? FlagAudit.Fault(last, receipts));
            if (context.IsJson) CommandContext.WriteJson(to => FlagJson.Write(to, flag));
            else Show(flag, last);
            if (fault is null) return ExitCode.Done;
            Terminal.Error($"pawl: {fault} `pawl ledger verify` looks at all flags and receipts.");
            return ExitCode.AnswerIsNo;
        });
        return command;
    }

    private static (Flag Flag, FlagVersion Version) Find(IFlagView view, string name, long? number)
    {
        var current = view.Find(name) ?? throw new BadInputException(FlagEdit.NoFlag(name));
        if (view.Find(name, number ?? current.Version) is { } found) return (number is null ? current : found.Flag, found);
        throw number is null
            ? new UnavailableException($"The flag {name} stands at version {current.Version}, which its history lacks: the database was changed. `pawl ledger verify` looks at all flags.")
            : new BadInputException($"{name} has no version {number}. `pawl flag history {name}` lists those it has.");
    }

    private static void Show(Flag flag, FlagVersion last)
    {
        Terminal.Markup($"[bold]{Terminal.Plain(flag.Key)}[/]  version {flag.Version}{(flag.IsArchived ? "  [yellow]archived[/]" : "")}  {Terminal.Instant(last.At)}  by {Terminal.Plain(last.Actor)}  receipt {Terminal.Plain(last.Reference)}");
        if (last.Why.Length > 0) Terminal.Line("why " + last.Why);
        if (flag.Description is { } description) Terminal.Line(description);
        Terminal.Line();
        foreach (var variant in flag.Variants) Terminal.Line($"  {variant.Name,-16} {Terminal.Short(variant.Value.GetRawText(), 120)}{(variant.Name == flag.Default ? "   (default)" : "")}");
        for (var n = 0; n < flag.Rules.Count; n++)
        {
            Terminal.Line();
            Terminal.Line($"rule {n + 1}: {Written(flag.Rules[n].Document)}");
        }
    }

    private static string Written(JsonElement rule)
    {
        using var buffer = new MemoryStream();
        using (var to = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) rule.WriteTo(to);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
