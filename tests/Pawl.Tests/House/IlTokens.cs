using System.Reflection.Emit;
using System.Reflection.Metadata;

namespace Pawl.Tests.House;

/// <summary>The metadata tokens in a method body: what it calls, creates, casts to, loads.</summary>
internal static class IlTokens
{
    private const byte TwoByteOpCode = 0xFE;

    private static readonly Dictionary<ushort, OperandType> Operands = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => unchecked((ushort)code.Value), code => code.OperandType);

    /// <summary>All tokens in the order of the code; those of string literals are left out.</summary>
    public static IReadOnlyList<int> Read(BlobReader code)
    {
        var tokens = new List<int>();
        while (code.RemainingBytes > 0)
        {
            ushort value = code.ReadByte();
            if (value == TwoByteOpCode)
            {
                value = (ushort)(value << 8 | code.ReadByte());
            }

            var operand = Operands[value];
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineSig or OperandType.InlineTok or OperandType.InlineType)
            {
                tokens.Add(code.ReadInt32());
            }
            else
            {
                var skipped = operand == OperandType.InlineSwitch ? code.ReadInt32() * sizeof(int) : Width(operand);
                code.Offset += skipped;
            }
        }

        return tokens;
    }

    private static int Width(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineBrTarget or OperandType.InlineI or OperandType.InlineString or OperandType.ShortInlineR => 4,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => throw new BadImageFormatException($"An operand of kind {operand} is not known."),
    };
}
