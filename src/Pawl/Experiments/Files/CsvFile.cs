using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace Pawl.Experiments.Files;

/// <summary>A CSV file (RFC 4180, UTF-8, a heading, commas) read a record at a time. Whatever is wrong with it is refused with line and column.</summary>
internal sealed class CsvFile : IDisposable
{
    private readonly string _name;
    private readonly CsvParser _parser;
    private readonly string[] _heading;

    /// <summary>Reads the heading.</summary>
    /// <param name="content">The bytes; a byte order mark is skipped. Closed with this.</param>
    /// <param name="name">What errors call the file.</param>
    public CsvFile(Stream content, string name)
    {
        _name = name;
        var text = new StreamReader(content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        _parser = new CsvParser(text, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = ",",
            IgnoreBlankLines = false, // it would count them to the record that follows
            MaxFieldSize = Limits.CsvFieldCharacters,
            BadDataFound = _ => throw Refuse("has a quote where none may be: a field that holds one is quoted as a whole, and the quotes in it doubled"),
            ExceptionMessagesContainRawData = false,
        });
        if (!Advance()) throw new BadInputException($"{name} is empty. Its first line must name the columns.");
        _heading = [.. Enumerable.Range(0, _parser.Count).Select(i => _parser[i])];
    }

    /// <summary>The line, from 1, where the record that was read last begins; the parser counts to the one where it ends.</summary>
    public int Line { get; private set; }

    /// <summary>A field of the record that was read last.</summary>
    public string this[int column] => _parser[column];

    /// <summary>Where a column stands.</summary>
    public int Column(string column)
    {
        var at = Array.IndexOf(_heading, column);
        if (at < 0) throw new BadInputException($"{_name} has no column \"{column}\". {Found()}");
        if (Array.LastIndexOf(_heading, column) != at) throw new BadInputException($"{_name} has two columns \"{column}\". Rename one.");
        return at;
    }

    /// <summary>Goes to the next record; false at the end of the file.</summary>
    public bool Read()
    {
        if (!Advance()) return false;
        if (_parser.Count != _heading.Length)
            throw Refuse(string.Create(CultureInfo.InvariantCulture, $"has {_parser.Count} fields where the heading has {_heading.Length}"));
        return true;
    }

    /// <summary>The finite number in a field: a point for decimals, no thousands separators, in every locale.</summary>
    public double Number(int column)
    {
        var text = this[column];
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            throw Refuse(column, text.Length == 0 ? "is empty where a number belongs. Write 0, or leave the row out" : $"is no number: {Quoted(text)}");
        return double.IsFinite(number) ? number : throw Refuse(column, $"is no finite number: {Quoted(text)}");
    }

    /// <summary>The text in a field, which may not be empty.</summary>
    public string Text(int column) => this[column] is { Length: > 0 } text ? text : throw Refuse(column, "is empty");

    /// <summary>A refusal of the record that was read last.</summary>
    public BadInputException Refuse(int column, string what) => Refuse(string.Create(CultureInfo.InvariantCulture, $"column {_heading[column]}, {what}"), ", ");

    /// <summary>A text in an error, cut where it is long.</summary>
    public static string Quoted(string text) => $"\"{(text.Length <= 60 ? text : ShortText.Start(text, 60) + "…")}\"";

    public void Dispose() => _parser.Dispose();

    private bool Advance()
    {
        try
        {
            do
            {
                Line = _parser.RawRow + 1;
                if (!_parser.Read()) return false;
            }
            while (_parser.Count <= 1 && _parser.RawRecord.AsSpan().Trim("\r\n").IsEmpty);

            if (_parser.Count > Limits.CsvColumns)
                throw Refuse(string.Create(CultureInfo.InvariantCulture, $"has {_parser.Count} fields, more than the {Limits.CsvColumns} that are read"));
            // Fields are taken apart when they are asked for; a broken one is refused wherever it stands.
            for (var i = 0; i < _parser.Count; i++) _ = _parser[i];
            return true;
        }
        catch (MaxFieldSizeException e)
        {
            throw new BadInputException(
                string.Create(CultureInfo.InvariantCulture, $"{_name} line {Line} has a field of more than {Limits.CsvFieldCharacters} characters. Is a closing quote missing?"), e);
        }
        catch (DecoderFallbackException e)
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{_name} is not UTF-8, at line {Line} or soon after. Save it as UTF-8."), e);
        }
    }

    private BadInputException Refuse(string what, string between = " ") =>
        new(string.Create(CultureInfo.InvariantCulture, $"{_name} line {Line}{between}{what}."));

    private string Found()
    {
        if (_heading is [var only] && only.Contains(';', StringComparison.Ordinal)) return "Its columns are separated by semicolons; separate them by commas.";
        const int Shown = 20;
        return $"It has {string.Join(", ", _heading.Take(Shown).Select(Quoted))}{(_heading.Length > Shown ? ", …" : "")}.";
    }
}
