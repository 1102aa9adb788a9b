using System.Globalization;
using Pawl.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pawl.Cli;

/// <summary>What people read: tables and colour on a terminal, the same without colour and without cutting in a file or pipe.</summary>
internal static class Terminal
{
    private static readonly Lazy<IAnsiConsole> Shared = new(() =>
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } ? AnsiSupport.No : AnsiSupport.Detect,
        });
        if (Console.IsOutputRedirected) console.Profile.Width = 200;
        return console;
    });

    /// <summary>How many characters a line holds.</summary>
    public static int Width => Shared.Value.Profile.Width;

    /// <summary>A line of text as it is; nothing in it is taken for markup.</summary>
    public static void Line(string text = "") => Console.Out.WriteLine(Printable(text));

    /// <summary>A line on standard error, as it is.</summary>
    public static void Error(string text) => ErrorPart(Printable(text) + Environment.NewLine);

    /// <summary>A part of a line on standard error, and what moves the cursor there.</summary>
    public static void ErrorPart(string text)
    {
        try
        {
            Console.Error.Write(text);
        }
        catch (IOException)
        {
            // The terminal was closed: nobody reads on, and what is under way is to end in order all the same.
        }
    }

    /// <summary>A line with Spectre's markup; what comes from data goes through <see cref="Plain"/>.</summary>
    public static void Markup(string markup) => Shared.Value.MarkupLine(markup);

    /// <summary>A heading with a blank line before it.</summary>
    public static void Title(string title)
    {
        Line();
        Markup($"[bold]{Plain(title)}[/]");
    }

    /// <summary>Data inside markup.</summary>
    public static string Plain(string text) => Spectre.Console.Markup.Escape(Printable(text));

    public static void Show(IRenderable what) => Shared.Value.Write(what);

    /// <summary>A share as a percentage.</summary>
    public static string Percent(double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + "%";

    /// <summary>A status in its colour.</summary>
    public static string Status(RunStatus status) => status switch
    {
        RunStatus.Completed => "[green]completed[/]",
        RunStatus.Failed => "[red]failed[/]",
        RunStatus.Stuck => "[yellow]stuck[/]",
        RunStatus.Cancelled => "[grey]cancelled[/]",
        _ => "[blue]running[/]",
    };

    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Cuts long text for a table; line feeds become blanks.</summary>
    public static string Short(string text, int characters = 100)
    {
        text = text.ReplaceLineEndings(" ");
        return text.Length <= characters ? text : string.Concat(text.AsSpan(0, characters - 1), "…");
    }

    // What an agent recorded must not move the reader's cursor or recolour the terminal.
    private static string Printable(string text)
    {
        if (!text.Any(c => char.IsControl(c) && c is not '\n' and not '\t')) return text;
        return string.Concat(text.Select(c => char.IsControl(c) && c is not '\n' and not '\t' ? '\uFFFD' : c));
    }
}
