using System.Text;
using System.Xml;

namespace Pawl.Changes.Reports;

/// <summary>An XML report read forwards: no DTD, nothing resolved, depth limited, and of long texts only as much as is kept.</summary>
internal sealed class XmlReport : IDisposable
{
    private static readonly string[] Utf16 = ["utf-16", "utf-16le", "utf-16be", "unicode", "ucs-2", "iso-10646-ucs-2"];
    private static readonly string[] Utf32 = ["utf-32", "utf-32le", "utf-32be", "ucs-4", "iso-10646-ucs-4"];

    private readonly XmlReader _reader;
    private readonly char[] _chunk = new char[4096];
    private readonly Encoding? _marked;

    public XmlReport(Stream content, Encoding? marked)
    {
        _marked = marked;
        _reader = XmlReader.Create(content, new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = Limits.ReportBytes,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            IgnoreWhitespace = true,
            CloseInput = false,
        });
    }

    /// <summary>The local name of the element where the reader stands; namespaces are not told apart, as writers leave them out at will.</summary>
    public string Name => _reader.LocalName;

    public bool IsElement => _reader.NodeType == XmlNodeType.Element;

    public bool IsEmpty => _reader.IsEmptyElement;

    /// <summary>The value of an attribute, null where it is not given.</summary>
    public string? this[string attribute] => _reader.GetAttribute(attribute);

    public int? Number(string attribute) =>
        int.TryParse(this[attribute], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Goes to the root element.</summary>
    /// <exception cref="ReportException">It is none of the names, or the declaration names another encoding than the bytes are in.</exception>
    public void Root(params ReadOnlySpan<string> names)
    {
        while (Read() && !IsElement)
        {
            if (_reader.NodeType == XmlNodeType.XmlDeclaration) CheckEncoding(_reader.GetAttribute("encoding"));
        }

        if (!names.Contains(Name)) throw new ReportException($"its root element is <{CaseList.Short(Name)}>, and should be <{string.Join("> or <", names!)}>.");
    }

    /// <summary>Goes to the next child element of the one entered at <paramref name="depth"/>; false at its end.</summary>
    public bool Child(int depth)
    {
        while (Read())
        {
            if (_reader.Depth <= depth) return false;
            if (IsElement && _reader.Depth == depth + 1) return true;
        }

        return false;
    }

    public int Depth => _reader.Depth;

    /// <summary>The text inside the element where the reader stands, its beginning if it is long; afterwards the reader stands at the element's end.</summary>
    public string Text(int charactersMax)
    {
        if (IsEmpty) return "";
        var depth = _reader.Depth;
        var text = new StringBuilder();
        while (Read() && _reader.Depth > depth)
        {
            if (_reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace) Append(text, charactersMax);
        }

        return text.ToString();
    }

    /// <summary>Goes past the element where the reader stands, to its end.</summary>
    public void Skip()
    {
        if (IsEmpty) return;
        var depth = _reader.Depth;
        while (Read() && _reader.Depth > depth)
        {
        }
    }

    /// <summary>Reads the rest: a report that is cut off anywhere is no report.</summary>
    public void End()
    {
        while (Read())
        {
        }
    }

    public void Dispose() => _reader.Dispose();

    private bool Read()
    {
        if (!_reader.Read()) return false;
        return _reader.Depth <= Limits.ReportDepth ? true : throw new ReportException($"its elements nest more than {Limits.ReportDepth} deep, line {((IXmlLineInfo)_reader).LineNumber}.");
    }

    private void Append(StringBuilder text, int charactersMax)
    {
        // In chunks, so that a text of many megabytes is never held whole.
        for (int read; (read = _reader.ReadValueChunk(_chunk, 0, _chunk.Length)) > 0;)
        {
            // One more than is kept, so that it shows that something was cut.
            text.Append(_chunk, 0, Math.Clamp(charactersMax + 1 - text.Length, 0, read));
        }
    }

    private void CheckEncoding(string? declared)
    {
        if (declared is null) return;
        var name = declared.ToLowerInvariant();
        var family = Utf16.Contains(name) ? "UTF-16" : Utf32.Contains(name) ? "UTF-32" : name;
        var marked = _marked switch
        {
            null => null,
            UnicodeEncoding => "UTF-16",
            UTF32Encoding => "UTF-32",
            _ => "utf-8",
        };
        if (marked is not null && marked != family) throw new ReportException($"it says it is in {CaseList.Short(declared)}, and its byte order mark says {marked}.");
    }
}
